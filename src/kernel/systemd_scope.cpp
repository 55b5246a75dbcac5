#include "kernel/systemd_scope.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lazy_library.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <poll.h>

// The few functions of <systemd/sd-bus.h> that are called. Its types are opaque, its ABI is stable, and building must
// not need libsystemd's headers, which most machines lack.
struct sd_bus;
struct sd_bus_message;

namespace skiff::kernel {
namespace {

constexpr const char* destination = "org.freedesktop.systemd1";
constexpr const char* object = "/org/freedesktop/systemd1";
constexpr const char* manager = "org.freedesktop.systemd1.Manager";

struct SdBus
{
    LazyLibrary library{"libsystemd.so.0", "install libsystemd, or leave limits out"};
    int (*make)(sd_bus**) = library.function<int(sd_bus**)>("sd_bus_new");
    int (*set_address)(sd_bus*, const char*) = library.function<int(sd_bus*, const char*)>("sd_bus_set_address");
    int (*start)(sd_bus*) = library.function<int(sd_bus*)>("sd_bus_start");
    sd_bus* (*close_unref)(sd_bus*) = library.function<sd_bus*(sd_bus*)>("sd_bus_flush_close_unref");
    int (*new_method_call)(sd_bus*, sd_bus_message**, const char*, const char*, const char*, const char*) =
        library.function<int(sd_bus*, sd_bus_message**, const char*, const char*, const char*, const char*)>(
            "sd_bus_message_new_method_call");
    int (*append)(sd_bus_message*, const char*,
                  ...) = library.function<int(sd_bus_message*, const char*, ...)>("sd_bus_message_append");
    int (*call)(sd_bus*, sd_bus_message*, std::uint64_t, void*, sd_bus_message**) =
        library.function<int(sd_bus*, sd_bus_message*, std::uint64_t, void*, sd_bus_message**)>("sd_bus_call");
    sd_bus_message* (*unref)(sd_bus_message*) =
        library.function<sd_bus_message*(sd_bus_message*)>("sd_bus_message_unref");
};

void check(int result, const char* doing)
{
    if (result < 0)
        throw Error{-result, doing};
}

std::string runtime_directory()
{
    const char* path = std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe)
    return path == nullptr ? "" : path;
}

/// A byte in an address of D-Bus that is not a letter, a digit or one of a few signs is written as %hex.
std::string bus_escaped(const std::string& path)
{
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '_' || c == '/' || c == '.';
        if (is_plain)
            text += c;
        else
            text += {'%', digits[byte >> 4U], digits[byte & 0xFU]};
    }
    return text;
}

/// The unit exists before the process is in it: the cgroup's file tells, and it cannot be watched by poll.
std::string wait_until_moved(const ScopeRequest& request)
{
    const std::string file = cat("/proc/", request.process, "/cgroup");
    constexpr int steps = 2000;
    for (int step = 0; step < steps; ++step) {
        const std::string text = read_file(AT_FDCWD, file, 1U << 16U);
        if (const std::size_t name = text.find(request.name); name != std::string::npos) {
            const std::size_t line = text.rfind("0::", name);
            return text.substr(line + 3, name + request.name.size() - line - 3);
        }
        ::poll(nullptr, 0, 2); // JobRemoved on the bus is the event, but needs a subscription of three more round trips
    }
    throw Error{ETIMEDOUT, "waiting for the scope"};
}

std::string make_scope(const ScopeRequest& request)
{
    const SdBus bus_library;
    sd_bus* raw_bus = nullptr;
    check(bus_library.make(&raw_bus), "connecting to the user's systemd");
    const std::unique_ptr<sd_bus, sd_bus* (*)(sd_bus*)> bus{raw_bus, bus_library.close_unref};
    // The socket that systemctl uses, too: it is there without a D-Bus daemon, and saves the greeting.
    check(bus_library.set_address(bus.get(), cat("unix:path=", bus_escaped(runtime_directory()), "/systemd/private").c_str()),
          "connecting to the user's systemd");
    check(bus_library.start(bus.get()), "connecting to the user's systemd");
    sd_bus_message* raw_message = nullptr;
    check(bus_library.new_method_call(bus.get(), &raw_message, destination, object, manager, "StartTransientUnit"),
          "asking for a scope");
    const std::unique_ptr<sd_bus_message, sd_bus_message* (*)(sd_bus_message*)> message{raw_message, bus_library.unref};
    check(bus_library.append(message.get(), "ssa(sv)a(sa(sv))", request.name.c_str(), "fail", 5, //
                             "Description", "s", request.description.c_str(),                    //
                             "Slice", "s", request.slice.c_str(),                                //
                             "Delegate", "b", 1,                                                 //
                             "CollectMode", "s", "inactive-or-failed",                           //
                             "PIDs", "au", 1, static_cast<std::uint32_t>(request.process),       //
                             0),
          "asking for a scope");
    constexpr std::uint64_t patience_us = 5'000'000;
    check(bus_library.call(bus.get(), message.get(), patience_us, nullptr, nullptr), "asking for a scope");
    return wait_until_moved(request);
}

} // namespace

bool user_manager_exists(const std::string& runtime_dir)
{
    return !runtime_dir.empty() && ::access(cat(runtime_dir, "/systemd/private").c_str(), W_OK) == 0;
}

bool is_in_user_manager()
{
    const std::string text = read_file(AT_FDCWD, "/proc/self/cgroup", 1U << 16U);
    const std::size_t line = text.find("0::/");
    const std::size_t user_manager = text.find("/user@", line);
    if (line == std::string::npos || user_manager == std::string::npos)
        return false;
    const std::size_t end = text.find('/', user_manager + 1);
    if (end == std::string::npos)
        return false;
    const std::string procs = cat("/sys/fs/cgroup", text.substr(line + 3, end - line - 3), "/cgroup.procs");
    return ::access(procs.c_str(), W_OK) == 0;
}

std::optional<std::string> try_make_scope(const ScopeRequest& request)
{
    try {
        return make_scope(request);
    } catch (const Error& error) {
        log::debug(cat("no scope of the user's systemd: ", error.message()));
        return std::nullopt;
    }
}

} // namespace skiff::kernel
