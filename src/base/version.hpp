#pragma once

#include <string_view>

namespace skiff {

/// Of this program; meson.build is the home of the number.
extern const std::string_view program_version;

} // namespace skiff
