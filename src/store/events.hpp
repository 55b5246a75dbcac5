#pragma once

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class Root;

/// Something that happened; what `events` prints.
struct Event
{
    WallTime time;                ///< set by add when it is not
    std::string type;             ///< "container", "image", "volume", "network", "pod", "system"
    std::string action;           ///< "create", "start", "died" ... (Podman's Status)
    std::string id;               ///< of the container or image
    std::string name;             ///< of the container or volume; of an image as the user called it
    std::string image;            ///< of a container: its image's name
    std::optional<int> exit_code; ///< "died", "exec_died"
    std::string health_status;    ///< "health_status"
    std::string network;          ///< "connect", "disconnect"
    std::string error;
    std::map<std::string, std::string> attributes; ///< labels, "execID" ...
};

/// DATA/events.log, one JSON object per line, appended by whoever does something. At 2 MiB it becomes events.log.1,
/// which replaces the one before.
class Events
{
  public:
    explicit Events(const Root& root, std::uint64_t limit_bytes = 2U << 20U) : root_{&root}, limit_bytes_{limit_bytes}
    {
    }

    /// Best effort: a full disk does not keep anybody from stopping a container. False when it could not be written.
    bool try_add(Event event) const;

  private:
    void rotate(const Root& root) const;

    const Root* root_;
    std::uint64_t limit_bytes_;
};

/// Tells that there may be further events. For those who wait only: to drop a watch takes the kernel some milliseconds.
class EventWatch
{
  public:
    explicit EventWatch(const Root& root);

    /// False when nothing happened in time. A negative time: waits for ever.
    bool wait(std::chrono::milliseconds limit) const; // NOLINT(modernize-use-nodiscard)
    /// Readable when something has happened; then call wait(0). For an event loop.
    [[nodiscard]] int fd() const { return inotify_.get(); }

  private:
    UniqueFd inotify_;
};

/// Reads the events from the oldest one that is kept, and goes on with those that come.
class EventReader
{
  public:
    explicit EventReader(const Root& root);

    /// Nothing when there is no further one by now. Lines that are none are passed over.
    std::optional<Event> next();
    /// False when nothing happened in time. A negative time: waits for ever. The first time it may come back early.
    bool wait(std::chrono::milliseconds limit);

  private:
    struct File
    {
        UniqueFd fd;
        ino_t inode;
        std::string pending; ///< read, and not yet handed out
    };
    void find_files();
    bool take_line(File& file, std::string& line);

    const Root* root_;
    std::optional<EventWatch> watch_;
    std::vector<File> files_; ///< oldest first
};

/// The exit code of a container's last run, also when the container has gone. Nothing when no event tells of its end.
std::optional<int> find_exit_code(const Root& root, const std::string& container_id);

} // namespace skiff::store
