#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// RUN --mount=...
namespace skiff::build {

enum class RunMountType { Bind, Cache, Tmpfs, Secret, Ssh };
enum class CacheSharing { Shared, Private, Locked };

/// `target` and `source` are as written (variables filled in); a relative target stands below the working directory.
struct RunMount
{
    RunMountType type = RunMountType::Bind;
    std::string target;
    std::string source; ///< bind, cache: a path in `from`
    std::string from;   ///< a stage, image or named context; empty: the context for bind, nothing for cache
    std::string id;     ///< cache, secret, ssh
    CacheSharing sharing = CacheSharing::Shared;
    bool read_only = false;
    bool required = false;  ///< secret, ssh
    std::string env;        ///< secret: the variable to set; then a file only when `target` was given
    std::optional<std::uint32_t> mode; ///< permission bits
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0; ///< tmpfs, bytes; 0: the default

    bool operator==(const RunMount&) const = default;
};

/// Reads "type=cache,target=/root/.cache". Throws Error(Failure) for unknown keys (with the nearest), keys of another
/// type, and missing ones. Source: the Dockerfile reference, "RUN --mount".
RunMount parse_run_mount(std::string_view text);

} // namespace skiff::build
