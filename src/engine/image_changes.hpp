#pragma once

#include "oci/image_config.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// --change of import and commit: one instruction as in a Containerfile, "KEY VALUE" or "KEY=VALUE", with the key CMD,
/// ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR. Throws Error(Usage)
/// `invalid change "X" - ...`.
void apply_change(oci::ExecutionConfig& config, const std::string& change);
/// All of them, in order. As in a Containerfile, a new ENTRYPOINT takes the arguments of the old one away, unless there
/// is a CMD among the changes.
void apply_changes(oci::ExecutionConfig& config, const std::vector<std::string>& changes);

/// Fields of a JSON document in the shape of an image's "config", on top: lists of words replace, names are added.
/// Throws for what is no such document.
void apply_config_document(oci::ExecutionConfig& config, const std::string& document);

} // namespace skiff::engine
