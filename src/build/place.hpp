#pragma once

#include <string>

namespace skiff::build {

/// Where an instruction stands. A message about it begins "FILE:LINE: ".
struct Place
{
    std::string file;
    int line = 0;      ///< counted from 1
    int last_line = 0; ///< of the same instruction, its heredocs included

    bool operator==(const Place&) const = default;
};

/// Throws Error(Failure) "FILE:LINE: MESSAGE".
[[noreturn]] void fail_at(const Place& place, const std::string& message, const std::string& hint = {});

} // namespace skiff::build
