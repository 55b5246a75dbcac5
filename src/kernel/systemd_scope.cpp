#include "kernel/systemd_scope.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lazy_library.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
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
    int (*open_user)(sd_bus**) = library.function<int(sd_bus**)>("sd_bus_open_user");
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

/// The unit exists before the process is in it: the cgroup's file tells, and it cannot be watched by poll.
bool wait_until_moved(const ScopeRequest& request)
{
    const std::string file = cat("/proc/", request.process, "/cgroup");
    constexpr int steps = 200;
    for (int step = 0; step < steps; ++step) {
        if (read_file(AT_FDCWD, file, 1U << 16U).find(request.name) != std::string::npos)
            return true;
        ::poll(nullptr, 0, 5); // JobRemoved on the bus is the event, but needs a subscription of three more round trips
    }
    return false;
}

void make_scope(const ScopeRequest& request)
{
    const SdBus bus_library;
    sd_bus* raw_bus = nullptr;
    check(bus_library.open_user(&raw_bus), "connecting to the user's systemd");
    const std::unique_ptr<sd_bus, sd_bus* (*)(sd_bus*)> bus{raw_bus, bus_library.close_unref};
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
    if (!wait_until_moved(request))
        throw Error{ETIMEDOUT, "waiting for the scope"};
}

} // namespace

bool user_manager_exists(const std::string& runtime_dir)
{
    return !runtime_dir.empty() && ::access(cat(runtime_dir, "/systemd/private").c_str(), W_OK) == 0;
}

bool try_make_scope(const ScopeRequest& request)
{
    try {
        make_scope(request);
        return true;
    } catch (const Error& error) {
        log::debug(cat("no scope of the user's systemd: ", error.message()));
        return false;
    }
}

} // namespace skiff::kernel
