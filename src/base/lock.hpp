#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>

namespace skiff {

/// An advisory lock on a file (flock): it dies with the last descriptor of its owner, never needs a clean-up, and its file
/// is never unlinked while somebody may use it. Order: store, network, container; nobody holds one while waiting for a
/// container.
class FileLock
{
  public:
    enum class Mode { Shared, Exclusive };

    /// Creates the file when needed and waits for the lock.
    static FileLock acquire(int dir, const std::string& name, Mode mode);
    /// Nothing when somebody else holds it.
    static std::optional<FileLock> try_acquire(int dir, const std::string& name, Mode mode);
    /// True when some live process holds the lock exclusively. A missing file is not held. Takes nothing.
    static bool is_held(int dir, const std::string& name);

    /// The lock lives as long as this descriptor or an inherited copy of it.
    [[nodiscard]] int fd() const { return fd_.get(); }
    void release() { fd_.reset(); }

  private:
    explicit FileLock(UniqueFd fd) : fd_{std::move(fd)} {}
    UniqueFd fd_;
};

} // namespace skiff
