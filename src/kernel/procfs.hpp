#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace skiff::kernel {

/// The host's /proc, opened before anything untrusted could stand in its place, and checked to be one (security.md R13).
/// Inside, nothing is followed: no links, no mounts on top of files. A container's own /proc is never used for our work.
class Procfs
{
  public:
    static Procfs open();

    [[nodiscard]] int fd() const { return fd_.get(); } ///< close-on-exec; must be closed before user code runs

    /// `path` as "123/task/123/oom_score_adj" or "sys/net/ipv4/ip_forward".
    [[nodiscard]] UniqueFd open_file(const std::string& path, int flags) const;
    [[nodiscard]] std::string read(const std::string& path) const;
    void write(const std::string& path, std::string_view data) const; ///< in one write

    /// "123/task/123": the calling thread, numbered as this /proc sees it (also after entering a pid namespace).
    [[nodiscard]] std::string self() const;

  private:
    explicit Procfs(UniqueFd fd) : fd_{std::move(fd)} {}
    UniqueFd fd_;
};

} // namespace skiff::kernel
