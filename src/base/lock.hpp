#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>

namespace skiff {

/// An advisory lock on a file (flock): it dies with the last descriptor of its owner and never needs a clean-up. Its file
/// may be unlinked by who holds it exclusively and by nobody else: whoever waited for it meanwhile starts again with a new
/// file. Order: store, network, container; nobody holds one while waiting for a container.
class FileLock
{
  public:
    enum class Mode { Shared, Exclusive };

    /// Creates the file when needed and waits for the lock.
    static FileLock acquire(int dir, const std::string& name, Mode mode);
    /// Nothing when somebody else holds it.
    static std::optional<FileLock> try_acquire(int dir, const std::string& name, Mode mode);
    /// Turns an exclusive lock into a shared one. Not atomic: another process may get its turn in between.
    void downgrade();
    /// Turns a shared lock into an exclusive one if nobody else holds it. When somebody does, the lock is lost or still
    /// shared: release it.
    [[nodiscard]] bool try_upgrade();

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
