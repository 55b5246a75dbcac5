#include "store/events.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/record_fields.hpp"
#include "store/root.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/inotify.h>

namespace skiff::store {

template <typename Fields>
void describe(Fields& field, record::Of<Event>)
{
    field("time", &Event::time);
    field("type", &Event::type);
    field("action", &Event::action);
    field("id", &Event::id);
    field("name", &Event::name);
    field("image", &Event::image);
    field("exit_code", &Event::exit_code);
    field("health_status", &Event::health_status);
    field("network", &Event::network);
    field("error", &Event::error);
    field("attributes", &Event::attributes);
}

namespace {

constexpr const char* current_name = "events.log";
constexpr const char* previous_name = "events.log.1";
/// Longer lines are not ours.
constexpr std::size_t max_line_bytes = 1U << 20U;

std::optional<ino_t> find_inode(int dir, const char* name)
{
    struct stat status
    {
    };
    if (::fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return std::nullopt;
    return status.st_ino;
}

} // namespace

bool Events::try_add(Event event) const
{
    try {
        if (event.time == WallTime{})
            event.time = wall_now();
        std::string line = record::to_text(event) + "\n";
        const UniqueFd file = open_at(root_->data(), current_name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
        // One write, so that lines of several processes do not mix.
        const ssize_t written = ::write(file.get(), line.data(), line.size());
        if (written != static_cast<ssize_t>(line.size())) {
            const int error = written < 0 ? errno : ENOSPC;
            (void)!::write(file.get(), "\n", 1); // the next event shall not be part of this one's remains
            throw Error{error, "writing an event"};
        }
        struct stat status
        {
        };
        if (::fstat(file.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) > limit_bytes_)
            rotate(*root_);
        return true;
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored"));
        return false;
    }
}

void Events::rotate(const Root& root) const
{
    const FileLock lock = root.lock("events");
    struct stat status
    {
    };
    // Somebody else may have done it just now.
    if (::fstatat(root.data(), current_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        static_cast<std::uint64_t>(status.st_size) > limit_bytes_)
        rename_at(root.data(), current_name, root.data(), previous_name);
}

EventWatch::EventWatch(const Root& root) : inotify_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)}
{
    if (!inotify_ ||
        ::inotify_add_watch(inotify_.get(), proc_fd_path(root.data()).c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
        throw Error{errno, "watching for events"};
}

bool EventWatch::wait(std::chrono::milliseconds limit) const
{
    pollfd watched{inotify_.get(), POLLIN, 0};
    const int ready = ::poll(&watched, 1, limit.count() < 0 ? -1 : static_cast<int>(limit.count()));
    if (ready < 0 && errno != EINTR)
        throw Error{errno, "waiting for events"};
    std::array<char, 4096> told; // NOLINT: what exactly happened does not matter
    while (::read(inotify_.get(), told.data(), told.size()) > 0) {
    }
    return ready > 0;
}

EventReader::EventReader(const Root& root) : root_{&root} { find_files(); }

/// Files that have not been seen yet. Those read before stay open: somebody may still append to one that was rotated
/// away.
void EventReader::find_files()
{
    for (const char* name : {previous_name, current_name}) {
        const auto inode = find_inode(root_->data(), name);
        if (!inode || std::any_of(files_.begin(), files_.end(), [&](const File& f) { return f.inode == *inode; }))
            continue;
        if (auto fd = find_at(root_->data(), name, O_RDONLY | O_NOFOLLOW)) {
            struct stat status
            {
            };
            if (::fstat(fd->get(), &status) == 0)
                files_.push_back({std::move(*fd), status.st_ino, {}});
        }
    }
    while (files_.size() > 3)
        files_.erase(files_.begin());
}

bool EventReader::take_line(File& file, std::string& line)
{
    for (;;) {
        if (const std::size_t end = file.pending.find('\n'); end != std::string::npos) {
            line = file.pending.substr(0, end);
            file.pending.erase(0, end + 1);
            return true;
        }
        std::array<char, 16384> buffer; // NOLINT: filled by read
        const ssize_t got = ::read(file.fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno != EINTR)
            throw Error{errno, "reading the events"};
        if (got == 0)
            return false;
        if (file.pending.size() > max_line_bytes)
            file.pending.clear();
        if (got > 0)
            file.pending.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

std::optional<Event> EventReader::next()
{
    // Twice: a rotation is noticed only when the files at hand are read to their end.
    for (int round = 0; round < 2; ++round) {
        for (File& file : files_)
            for (std::string line; take_line(file, line);) {
                if (line.empty())
                    continue;
                try {
                    return record::from_text<Event>(line, "event");
                } catch (const Error& error) {
                    log::debug(cat(error.message(), "; passed over"));
                }
            }
        find_files();
    }
    return std::nullopt;
}

bool EventReader::wait(std::chrono::milliseconds limit)
{
    if (watch_)
        return watch_->wait(limit);
    watch_.emplace(*root_); // what came before it is there to be read
    return true;
}

std::optional<int> find_exit_code(const Root& root, const std::string& container_id)
{
    std::optional<int> code;
    EventReader events{root};
    while (const auto event = events.next())
        if (event->id == container_id && event->action == "died")
            code = event->exit_code;
    return code;
}

} // namespace skiff::store
