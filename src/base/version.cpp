#include "base/version.hpp"

namespace skiff {

const std::string_view program_version = SKIFF_VERSION;

} // namespace skiff
