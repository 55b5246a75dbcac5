#pragma once

#include <string_view>

namespace skiff::runtime {

/// The profile that containers get unless told otherwise: JSON in the format of containers/common.
std::string_view default_seccomp_profile();

} // namespace skiff::runtime
