#include "engine/logs.hpp"

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "engine/journal_reader.hpp"
#include "engine/log_reader.hpp"
#include "engine/start.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <sys/inotify.h>

namespace skiff::engine {
namespace {

using monitor::LogRecord;

struct Followed
{
    std::string id;
    std::unique_ptr<LogSource> reader;
    std::optional<Channel> life; ///< says Exited, or hangs up, when the container has ended
    EventLoop::TimerId ending = 0;
    bool done = false;
};

/// The journal takes entries in its own time, and nothing tells that the last one has come.
constexpr std::chrono::milliseconds journal_delay{500};

Followed open_log(Engine& engine, const std::string& id, bool follow)
{
    const ContainerConfig config = engine.store().containers().load_config(id);
    if (config.log.driver == "journald")
        return {id, std::make_unique<JournalReader>(id, follow && engine.store().containers().is_monitor_alive(id)), std::nullopt};
    const auto format = monitor::find_log_format(config.log.driver);
    if (!format)
        throw Error{ErrorKind::Failure, cat("this container is using the '", config.log.driver,
                                            "' log driver, cannot read logs: this container is not logging output")};
    const std::string path = config.log.path.empty() ? engine.store().containers().directory(id) + "/log" : config.log.path;
    return {id, std::make_unique<LogReader>(path, *format), std::nullopt};
}

} // namespace

void read_logs(Engine& engine, const std::vector<std::string>& ids, const LogOptions& options,
               const std::function<void(std::size_t, const LogRecord&)>& sink)
{
    std::vector<Followed> logs;
    for (const std::string& id : ids)
        logs.push_back(open_log(engine, id, options.follow));

    const auto drain = [&](std::size_t number) {
        Followed& log = logs[number];
        while (auto record = log.reader->next()) {
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
    const auto finish = [&](std::size_t number) {
        drain(number);
        logs[number].done = true;
        if (all_done())
            loop.stop();
    };
    const auto finish_later = [&](std::size_t number) {
        if (logs[number].ending != 0)
            loop.cancel(logs[number].ending);
        logs[number].ending = loop.after(journal_delay, [&, number] { finish(number); });
    };
    for (std::size_t number = 0; number < logs.size(); ++number) {
        Followed& log = logs[number];
        if (options.follow) {
            // Watch before reading: what is written in between is then seen by one of the two.
            if (const std::string directory = log.reader->directory(); !directory.empty())
                ::inotify_add_watch(changes.get(), directory.c_str(), IN_MODIFY | IN_MOVED_TO | IN_CREATE);
            log.life = find_monitor(engine, log.id);
            if (log.life && !log.life->send(monitor::encode(monitor::Request{monitor::WaitRequest{true}})))
                log.life.reset();
        }
        log.reader->begin(options.tail);
        drain(number);
        if (!options.follow || !log.life) {
            log.done = true;
            continue;
        }
        loop.watch(log.life->fd(), EPOLLIN, [&, number](std::uint32_t) {
            loop.unwatch(logs[number].life->fd());
            if (logs[number].reader->fd() < 0)
                finish(number); // its last words were written before it said so
            else
                finish_later(number);
        });
        if (log.reader->fd() >= 0)
            loop.watch(log.reader->fd(), EPOLLIN, [&, number](std::uint32_t events) {
                drain(number);
                if ((events & EPOLLHUP) != 0)
                    loop.unwatch(logs[number].reader->fd());
                if (logs[number].ending != 0)
                    finish_later(number);
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
