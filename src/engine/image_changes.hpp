#pragma once

#include "oci/image_config.hpp"

#include <string>

namespace skiff::engine {

/// --change of import and commit: one instruction as in a Containerfile, "KEY VALUE" or "KEY=VALUE", with the key CMD,
/// ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR. Throws Error(Usage)
/// `invalid change "X" - ...`.
void apply_change(oci::ExecutionConfig& config, const std::string& change);

} // namespace skiff::engine
