#pragma once

#include "base/error.hpp"

#include <string>

namespace skiff::runtime {

/// With the hint, which is half of what such errors are for.
template <typename Work>
std::string error_of(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return cat(error.message(), error.hint().empty() ? "" : "; ", error.hint());
    }
    return "nothing was thrown";
}

/// A file with one device, a.org/x=0.
inline std::string cdi_file(const std::string& device, const std::string& common = "{}")
{
    return cat(R"({"cdiVersion": "0.6.0", "kind": "a.org/x", "containerEdits": )", common, R"(, "devices": [{"name": "0", "containerEdits": )", device, "}]}");
}

} // namespace skiff::runtime
