#pragma once

#include "build/words.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace skiff::build {

/// The flags of one instruction, asked for one by one. What nobody asked for is unknown.
class InstructionFlags
{
  public:
    /// Takes them from the front of `text`.
    InstructionFlags(const Place& place, std::string_view& text, char escape);

    /// Empty when the flag is not there. Throws for a flag that is there twice or has no value.
    std::string value(std::string_view name);
    std::vector<std::string> values(std::string_view name);
    bool is_set(std::string_view name);
    /// `--name`, `--name=true`, `--name=false`.
    std::optional<bool> boolean(std::string_view name);

    /// Throws "unknown flag: --X" with the nearest one that was asked for.
    void refuse_rest(std::string_view keyword) const;

  private:
    Place place_;
    std::vector<Flag> flags_;
    std::vector<std::string> known_;
};

} // namespace skiff::build
