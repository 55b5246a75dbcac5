#pragma once

#include "build/cache_key.hpp"
#include "build/file_hashes.hpp"
#include "build/step.hpp"
#include "engine/build_source.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace skiff::engine {

/// The mounts of one RUN: what they add to its key, and how they get into its container. What was made for them goes with it.
class RunMounts
{
  public:
    RunMounts(Engine& engine, const BuildRequest& request, BuildSources& sources, const std::string& lock);
    ~RunMounts();
    RunMounts(const RunMounts&) = delete;
    RunMounts& operator=(const RunMounts&) = delete;

    void add_inputs(build::CacheKey& key, const build::RunStep& run, build::FileHashes& hashes);
    /// Mounts trees, takes the locks of caches, writes secrets. Inside the user namespace.
    void prepare(const build::RunStep& run);

    [[nodiscard]] const std::vector<MountRequest>& mounts() const { return mounts_; }
    [[nodiscard]] const NamedValues& environment() const { return environment_; }
    /// Secrets: the container's record shall not have them.
    [[nodiscard]] const std::vector<GivenFile>& secrets() const { return secrets_; }

  private:
    void lock_caches(const build::RunStep& run);
    void prepare_bind(const build::RunMount& mount);
    void prepare_cache(const build::RunMount& mount);
    void prepare_tmpfs(const build::RunMount& mount);
    void prepare_secret(const build::RunMount& mount);
    void prepare_ssh(const build::RunMount& mount);
    void prepare_script(const std::string& script);
    MountConfig& add(MountType type, const std::string& source, const std::string& target, bool read_only);

    Engine& engine_;
    const BuildRequest& request_;
    BuildSources& sources_;
    const std::string& lock_;
    std::vector<MountRequest> mounts_;
    NamedValues environment_;
    std::vector<std::unique_ptr<BuildTree>> trees_;
    std::vector<FileLock> locks_;             ///< of caches
    std::map<std::string, std::string> caches_; ///< id -> the name of its directory
    std::optional<store::Staging> staging_;   ///< scripts: they are executed, and the run directory may forbid that
    std::vector<GivenFile> secrets_;
    std::size_t ssh_agents_ = 0;
};

/// Where the path of a `#!` heredoc is mounted.
inline constexpr const char* run_script_path = "/run/.skiff-heredoc";

/// What RUN's result depends on but for its mounts.
void add_run_inputs(build::CacheKey& key, const build::RunStep& run, const BuildRequest& request);

/// What a RUN stands on.
struct RunPlace
{
    const BuildLayers& layers;
    const oci::ImageConfig& image;
    const std::string& lock;
    const build::Step& step;
    bool records_owners;
};

/// Runs the command as `run` would, in a container of its own on the layers, and makes a layer of what it changed. Throws
/// BuildCommandFailed when it fails.
build::NewLayer run_in_container(Engine& engine, const BuildRequest& request, const RunPlace& place, const build::RunStep& run,
                                 const RunMounts& mounts, StageLink& link);

} // namespace skiff::engine
