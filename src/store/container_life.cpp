// What is true of a container now, from three files and a lock (see the class comment of Containers).

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "store/containers.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <charconv>
#include <chrono>
#include <thread>

namespace skiff::store {
namespace {

std::string data_file(const std::string& id, const char* name) { return cat("containers/", id, "/", name); }
std::string run_file(const std::string& id, const char* name) { return cat("containers/", id, "/", name); }

struct StartMark
{
    std::string boot;
    WallTime when;
    bool operator==(const StartMark&) const = default;
};

/// The text of the link `started`: "<boot id>.<nanoseconds>". A link is one system call, and never half written.
std::string text_of(const StartMark& mark) { return cat(mark.boot, ".", mark.when.time_since_epoch().count()); }

std::optional<StartMark> find_start_mark(int data, const std::string& id)
{
    const auto text = find_link_at(data, data_file(id, "started"));
    if (!text)
        return std::nullopt;
    const std::size_t point = text->rfind('.');
    StartMark mark{text->substr(0, point), {}};
    std::int64_t nanoseconds = 0;
    if (point != std::string::npos)
        std::from_chars(text->data() + point + 1, text->data() + text->size(), nanoseconds);
    mark.when = WallTime{std::chrono::nanoseconds{nanoseconds}};
    return mark;
}

std::optional<ContainerState> find_state(int run, const std::string& id)
{
    const auto text = find_record(run, run_file(id, "state.json"));
    if (!text)
        return std::nullopt;
    try {
        ContainerState state = parse_container_state(*text);
        if (state.monitor.boot.empty() || state.monitor.boot == boot_id())
            return state;
    } catch (const Error& error) {
        log::debug(cat("container ", id.substr(0, 12), ": ", error.message(), "; ignored"));
    }
    return std::nullopt;
}

std::optional<ExitRecord> find_exit(const Root& root, const std::string& id, bool has_run_directory)
{
    auto text = find_record(root.data(), data_file(id, "exit.json"));
    if (!text && has_run_directory)
        text = find_record(root.run(), run_file(id, "exit.json"));
    if (!text)
        return std::nullopt;
    try {
        return parse_exit_record(*text);
    } catch (const Error& error) { // it did end; how, a power failure has taken
        ExitRecord exit;
        exit.code = 137;
        exit.reason = error.message();
        return exit;
    }
}

/// Takes room on the disk for the record of a run's end, which may come when the container has filled the disk. Where there
/// is none, or the file system cannot promise any, the run goes on without.
void try_reserve_exit(int data, const std::string& id)
{
    constexpr off_t room = 4096; // more than any record without a long log of health checks
    const UniqueFd file{::openat(data, data_file(id, "exit.reserved").c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file || ::fallocate(file.get(), 0, 0, room) != 0)
        log::debug(cat("container ", id.substr(0, 12), ": no room is reserved for the record of its end: ", Error{errno, "reserving"}.message()));
}

/// Writes into the reserved file and gives it the record's name. False when nothing is reserved.
bool save_in_reserve(int data, const std::string& id, const std::string& text)
{
    const std::string reserve = data_file(id, "exit.reserved");
    const auto file = find_at(data, reserve, O_WRONLY | O_NOFOLLOW);
    if (!file)
        return false;
    write_all(file->get(), text, reserve);
    if (::ftruncate(file->get(), static_cast<off_t>(text.size())) != 0 || ::fsync(file->get()) != 0)
        throw Error{errno, cat("writing ", quoted(reserve))};
    rename_at(data, reserve, data, data_file(id, "exit.json"));
    return true;
}

ExitRecord made_up_exit(LostRun lost, WallTime started)
{
    ExitRecord exit;
    exit.code = 137;
    exit.signal = 9;
    exit.started = started;
    exit.finished = wall_now();
    exit.reason = lost == LostRun::Reboot ? "reboot" : "monitor died";
    return exit;
}

void declare_lost(ContainerRecord& record, const StartMark& mark)
{
    record.lost = mark.boot == boot_id() ? LostRun::MonitorDied : LostRun::Reboot;
    record.status = ContainerStatus::Exited;
    record.exit = made_up_exit(record.lost, mark.when);
}

} // namespace

void Containers::read_life(ContainerRecord& record) const
{
    const std::string& id = record.config.id;
    // A run that begins or ends while we look must not seem lost: only what looks the same twice is believed.
    std::optional<StartMark> seen;
    constexpr int most_looks = 10'000; // a container that starts and ends all the time may look different each time
    for (int look = 0; look < most_looks; ++look) {
        // Most containers of a long list have not run since the last boot: one look instead of three.
        const bool has_run_directory = exists_at(root_->run(), cat("containers/", id));
        record.monitor_alive = has_run_directory && is_monitor_alive(id);
        record.state = has_run_directory ? find_state(root_->run(), id) : std::nullopt;
        record.exit = find_exit(*root_, id, has_run_directory);
        if (record.monitor_alive) {
            record.status = record.state ? record.state->status : ContainerStatus::Starting;
            return;
        }
        const auto mark = find_start_mark(root_->data(), id);
        if (record.exit || !mark) {
            record.status = record.exit ? ContainerStatus::Exited : ContainerStatus::Created;
            return;
        }
        if (seen == mark) {
            declare_lost(record, *mark);
            return;
        }
        seen = mark;
    }
    record.status = ContainerStatus::Starting; // never twice the same: it is certainly not dead
}

bool Containers::is_monitor_alive(const std::string& id) const
{
    return FileLock::is_held(root_->run(), run_file(id, "monitor.lock"));
}

std::optional<FileLock> Containers::try_lock_monitor(const std::string& id) const
{
    const UniqueFd directory = make_run_directory(id);
    // Whoever asks is_monitor_alive holds the lock, shared, for some microseconds: no event tells when that is over.
    for (int attempt = 0; attempt < 200; ++attempt) {
        if (auto lock = FileLock::try_acquire(directory.get(), "monitor.lock", FileLock::Mode::Exclusive))
            return lock;
        if (attempt >= 3 && is_monitor_alive(id)) // held exclusively: by a monitor
            return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return std::nullopt;
}

void Containers::record_start(const std::string& id, WallTime now) const
{
    const std::string text = text_of({boot_id(), now});
    const std::string path = data_file(id, "started");
    if (::symlinkat(text.c_str(), root_->data(), path.c_str()) != 0) {
        if (errno != EEXIST)
            throw Error{errno, cat("recording the start of container ", id.substr(0, 12))};
        const std::string temporary = cat(path, ".", random_hex(6));
        if (::symlinkat(text.c_str(), root_->data(), temporary.c_str()) != 0)
            throw Error{errno, cat("recording the start of container ", id.substr(0, 12))};
        rename_at(root_->data(), temporary, root_->data(), path);
    }
    // Only now: between the two, the container still shows its last end.
    remove_file_at(root_->data(), data_file(id, "exit.json"));
    remove_file_at(root_->run(), run_file(id, "exit.json"));
    try_reserve_exit(root_->data(), id);
}

void Containers::save_state(const std::string& id, const ContainerState& state) const
{
    save_atomically(root_->run(), run_file(id, "state.json"), serialize(state), Durability::None);
}

void Containers::save_exit(const std::string& id, const ExitRecord& exit) const
{
    const std::string text = serialize(exit);
    try {
        if (!save_in_reserve(root_->data(), id, text))
            save_atomically(root_->data(), data_file(id, "exit.json"), text);
        return;
    } catch (const Error& error) {
        if (error.errno_value() != ENOSPC && error.errno_value() != EDQUOT && error.errno_value() != EIO && error.errno_value() != EROFS)
            throw;
        log::debug(cat("container ", id.substr(0, 12), ": ", error.message(), "; recorded until the next boot only"));
    }
    save_atomically(make_run_directory(id).get(), "exit.json", text, Durability::None);
}

} // namespace skiff::store
