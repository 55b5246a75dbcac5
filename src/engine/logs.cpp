#include "engine/logs.hpp"

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "base/file.hpp"
#include "engine/start.hpp"

#include <algorithm>
#include <array>
#include <sys/inotify.h>

namespace skiff::engine {
namespace {

using monitor::LogFormat;
using monitor::LogRecord;

/// Reads a log that grows and is rotated under our hands.
class LogReader
{
  public:
    LogReader(std::string path, LogFormat format) : path_{std::move(path)}, format_{format} {}

    /// Goes to the last `lines` lines, or to the beginning.
    void begin(const std::optional<std::size_t>& lines)
    {
        const std::string rotated = path_ + ".1";
        if (exists_at(AT_FDCWD, rotated))
            files_.push_back(rotated);
        files_.push_back(path_);
        if (lines)
            skip_to_tail(*lines);
        else
            open_first();
    }

    /// The next record; nothing when there is none now.
    std::optional<LogRecord> next()
    {
        for (;;) {
            if (const std::size_t end = buffer_.find('\n', at_); end != std::string::npos) {
                const std::string_view line = std::string_view{buffer_}.substr(at_, end - at_);
                at_ = end + 1;
                if (auto record = parse_record(format_, line))
                    return record;
                continue; // damaged lines are skipped
            }
            buffer_.erase(0, at_);
            at_ = 0;
            if (!fill())
                return std::nullopt;
        }
    }

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    static constexpr std::size_t block = 64U * 1024U;

    void open_first()
    {
        while (!fd_ && !files_.empty()) {
            if (auto fd = find_at(AT_FDCWD, files_.front(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
                fd_ = std::move(*fd);
            files_.erase(files_.begin());
        }
    }

    bool fill()
    {
        for (;;) {
            if (!fd_) {
                if (files_.empty() && exists_at(AT_FDCWD, path_))
                    files_.push_back(path_);
                open_first();
                if (!fd_)
                    return false;
            }
            std::string piece(block, '\0');
            const ssize_t got = ::read(fd_.get(), piece.data(), piece.size());
            if (got < 0)
                throw Error{errno, cat("reading ", quoted(path_))};
            if (got > 0) {
                buffer_.append(piece, 0, static_cast<std::size_t>(got));
                return true;
            }
            if (!files_.empty() || was_rotated()) {
                fd_.reset();
                continue;
            }
            return false;
        }
    }

    /// The file that we read to its end is no longer the one that is written.
    [[nodiscard]] bool was_rotated() const
    {
        struct stat ours{};
        struct stat current{};
        return ::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &current) == 0 && ours.st_ino != current.st_ino;
    }

    /// Looks for the place behind which `lines` full lines are left, from the end backwards through current and rotated file.
    void skip_to_tail(std::size_t lines)
    {
        std::vector<std::string> left = std::exchange(files_, {});
        while (!left.empty()) {
            const std::string file = left.back();
            left.pop_back();
            auto fd = find_at(AT_FDCWD, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
            if (!fd)
                continue;
            const std::int64_t start = find_tail(fd->get(), lines);
            if (fd_)
                files_.insert(files_.begin(), current_name_);
            fd_ = std::move(*fd);
            current_name_ = file;
            ::lseek(fd_.get(), start, SEEK_SET);
            if (lines == 0)
                return;
        }
    }

    /// The offset of the first of the last `lines` lines; what is missing stays in `lines`.
    std::int64_t find_tail(int fd, std::size_t& lines) const
    {
        std::int64_t end = ::lseek(fd, 0, SEEK_END);
        std::int64_t line_end = end;
        std::string tail; // the bytes from `end` on that are not judged yet
        std::int64_t begin_of_kept = end;
        while (end > 0 || !tail.empty()) {
            const auto size = static_cast<std::size_t>(std::min<std::int64_t>(end, block));
            std::string piece(size, '\0');
            if (size > 0 && ::pread(fd, piece.data(), size, end - static_cast<std::int64_t>(size)) != static_cast<ssize_t>(size))
                break;
            end -= static_cast<std::int64_t>(size);
            tail.insert(0, piece);
            // Judge complete lines of `tail` from its end; the first one may lack its beginning unless the file begins there.
            while (!tail.empty()) {
                const std::size_t last = tail.back() == '\n' ? tail.size() - 1 : tail.size();
                const std::size_t before = last == 0 ? std::string::npos : tail.rfind('\n', last - 1);
                if (before == std::string::npos && end > 0)
                    break;
                const std::size_t start = before == std::string::npos ? 0 : before + 1;
                const auto record = parse_record(format_, std::string_view{tail}.substr(start, last - start));
                const bool is_line = record && !record->is_partial;
                if (is_line && lines == 0)
                    return begin_of_kept;
                if (is_line)
                    --lines;
                line_end = end + static_cast<std::int64_t>(start);
                begin_of_kept = line_end;
                tail.resize(start);
            }
            if (end == 0)
                break;
        }
        return begin_of_kept;
    }

    std::string path_;
    LogFormat format_;
    std::vector<std::string> files_; ///< still to be read, in order
    std::string current_name_;
    UniqueFd fd_;
    std::string buffer_;
    std::size_t at_ = 0;
};

struct Followed
{
    std::string id;
    LogReader reader;
    std::optional<Channel> life; ///< says Exited, or hangs up, when the container has ended
    bool done = false;
};

Followed open_log(Engine& engine, const std::string& id)
{
    const ContainerConfig config = engine.store().containers().load_config(id);
    const auto format = monitor::find_log_format(config.log.driver);
    if (!format)
        throw Error{ErrorKind::Failure, cat("this container is using the '", config.log.driver,
                                            "' log driver, cannot read logs: this container is not logging output")};
    const std::string path = config.log.path.empty() ? engine.store().containers().directory(id) + "/log" : config.log.path;
    return {id, LogReader{path, *format}, std::nullopt, false};
}

} // namespace

void read_logs(Engine& engine, const std::vector<std::string>& ids, const LogOptions& options,
               const std::function<void(std::size_t, const LogRecord&)>& sink)
{
    std::vector<Followed> logs;
    for (const std::string& id : ids)
        logs.push_back(open_log(engine, id));

    const auto drain = [&](std::size_t number) {
        Followed& log = logs[number];
        while (auto record = log.reader.next()) {
            if (options.since && record->time < *options.since)
                continue;
            if (options.until && record->time > *options.until) {
                log.done = true;
                return;
            }
            sink(number, *record);
        }
    };

    EventLoop loop;
    const UniqueFd changes{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    const auto all_done = [&] { return std::all_of(logs.begin(), logs.end(), [](const Followed& log) { return log.done; }); };
    for (std::size_t number = 0; number < logs.size(); ++number) {
        Followed& log = logs[number];
        if (options.follow) {
            // Watch before reading: what is written in between is then seen by one of the two.
            const std::string directory = log.reader.path().substr(0, log.reader.path().rfind('/'));
            ::inotify_add_watch(changes.get(), directory.c_str(), IN_MODIFY | IN_MOVED_TO | IN_CREATE);
            log.life = find_monitor(engine, log.id);
            if (log.life && !log.life->send(monitor::encode(monitor::Request{monitor::WaitRequest{true}})))
                log.life.reset();
        }
        log.reader.begin(options.tail);
        drain(number);
        if (!options.follow || !log.life)
            log.done = true;
        else
            loop.watch(log.life->fd(), EPOLLIN, [&, number](std::uint32_t) {
                loop.unwatch(logs[number].life->fd());
                drain(number); // its last words were written before it said so
                logs[number].done = true;
                if (all_done())
                    loop.stop();
            });
    }
    if (all_done())
        return;
    loop.watch(changes.get(), EPOLLIN, [&](std::uint32_t) {
        std::array<char, 4096> events; // NOLINT: only their arrival matters
        while (::read(changes.get(), events.data(), events.size()) > 0) {
        }
        for (std::size_t number = 0; number < logs.size(); ++number)
            if (!logs[number].done)
                drain(number);
        if (all_done())
            loop.stop();
    });
    if (options.until)
        loop.after(std::max(*options.until - wall_now(), std::chrono::nanoseconds{0}), [&] {
            for (std::size_t number = 0; number < logs.size(); ++number)
                drain(number);
            loop.stop();
        });
    loop.run();
}

} // namespace skiff::engine
