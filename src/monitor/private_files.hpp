#pragma once

#include "model/container_config.hpp"
#include "runtime/spec_builder.hpp"
#include "runtime/user_lookup.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace skiff::monitor {

struct PrivateFilesRequest
{
    const ContainerConfig& config;
    const store::Store& store;
    std::string run_path;       ///< the container's directory
    int run_dir = -1;           ///< the same, open
    runtime::UserIdentity user; ///< owns what would be root's in a container that has no root
};

/// A container's secrets, and files that came with their content. For each run the monitor puts them into a small tmpfs
/// in its own mount namespace, with the owners and modes that were asked for, and the container is shown clones of the
/// single files, read-only. So they are in no layer, and what others can read of this user's directories stays 0600.
class PrivateFiles
{
  public:
    explicit PrivateFiles(const PrivateFilesRequest& request);
    PrivateFiles(const PrivateFiles&) = delete;
    PrivateFiles& operator=(const PrivateFiles&) = delete;

    [[nodiscard]] const std::vector<runtime::ResolvedMount>& mounts() const { return mounts_; }
    /// "NAME=value", for the environment of the container's processes and nothing else.
    [[nodiscard]] const std::vector<std::string>& variables() const { return variables_; }

  private:
    /// Goes also when the constructor fails later on.
    struct Mounted
    {
        std::string path; ///< empty: nothing is mounted
        ~Mounted();
    };

    void mount(int run_dir, std::size_t bytes);
    void add_file(const PrivateFilesRequest& request, std::size_t number, const std::string& content);

    std::string directory_;
    Mounted mounted_;
    std::vector<runtime::ResolvedMount> mounts_;
    std::vector<std::string> variables_;
};

} // namespace skiff::monitor
