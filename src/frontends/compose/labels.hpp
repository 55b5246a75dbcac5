#pragma once

namespace skiff::compose {

/// The labels that tell what belongs to a project.
namespace labels {
constexpr const char* project = "com.docker.compose.project";
constexpr const char* service = "com.docker.compose.service";
constexpr const char* number = "com.docker.compose.container-number";
constexpr const char* one_off = "com.docker.compose.oneoff";
constexpr const char* hash = "com.docker.compose.config-hash";
constexpr const char* image = "com.docker.compose.image";
constexpr const char* depends_on = "com.docker.compose.depends_on";
constexpr const char* directory = "com.docker.compose.project.working_dir";
constexpr const char* files = "com.docker.compose.project.config_files";
constexpr const char* environment_file = "com.docker.compose.project.environment_file";
constexpr const char* version = "com.docker.compose.version";
constexpr const char* replace = "com.docker.compose.replace";
constexpr const char* slug = "com.docker.compose.slug";
constexpr const char* network = "com.docker.compose.network";
constexpr const char* volume = "com.docker.compose.volume";
/// Of ours: the hashes of single keys, so that a plan can tell what changed.
constexpr const char* keys = "io.skiff.compose.keys";
} // namespace labels

/// The version of Compose whose behaviour this is.
constexpr const char* compose_version = "2.40.0";

} // namespace skiff::compose
