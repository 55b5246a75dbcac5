#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "store/store.hpp"

#include <cstdlib>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

namespace skiff::store {

/// A store of the test's own, and ways to die in it.
class StoreBox : public testing::Test
{
  protected:
    [[nodiscard]] StorePaths paths() const { return {box_.path() + "/data", box_.path() + "/run"}; }
    Store& store()
    {
        if (!store_)
            store_.emplace(Store::open(paths()));
        return *store_;
    }
    Store& reopen()
    {
        store_.reset();
        return store();
    }
    [[nodiscard]] int data() { return store().root().data(); }
    [[nodiscard]] int run() { return store().root().run(); }

    static std::string id_of(unsigned n)
    {
        std::string digits = cat(n);
        return std::string(64 - digits.size(), 'a') + digits;
    }
    static ContainerConfig config_of(unsigned n, const std::string& name)
    {
        ContainerConfig config;
        config.id = id_of(n);
        config.name = name;
        config.created = WallTime{std::chrono::seconds{n}};
        config.auto_remove = true; // no fsync: these tests are about other failures than those of power
        return config;
    }
    void create(unsigned n, const std::string& name) { store().containers().create(config_of(n, name), store().use()); }

    /// In memory where there is such a place: syncing the machine's disk some hundred times would take seconds.
    static std::string place() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : testing::TempDir(); }

    TempDir box_{place(), "skiff-store-"};

  private:
    std::optional<Store> store_;
};

template <typename Work>
std::string error_of(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return "no error";
}

/// Runs `work` in a child process; its exit code is what `work` returns, 99 when it throws.
inline pid_t fork_child(const std::function<int()>& work)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        int code = 99;
        try {
            code = work();
        } catch (const Error& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
        }
        ::_exit(code);
    }
    return pid;
}

inline int wait_for(pid_t pid)
{
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Another boot of the machine while it lives: what the run directory holds is void, whether it is still there or not.
class OtherBoot
{
  public:
    explicit OtherBoot(const char* id = "another-boot") { ::setenv("SKIFF_BOOT_ID", id, 1); }
    OtherBoot(const OtherBoot&) = delete;
    OtherBoot& operator=(const OtherBoot&) = delete;
    ~OtherBoot() { ::unsetenv("SKIFF_BOOT_ID"); }
};

/// Inside a user and mount namespace of its own with a tmpfs of so many bytes at `path`: a disk to fill. In a child
/// only.
inline bool enter_small_disk(const std::string& path, const std::string& options)
{
    const std::string uids = cat("0 ", ::geteuid(), " 1");
    const std::string gids = cat("0 ", ::getegid(), " 1");
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    try {
        write_virtual_file(AT_FDCWD, "/proc/self/setgroups", "deny");
        write_virtual_file(AT_FDCWD, "/proc/self/uid_map", uids);
        write_virtual_file(AT_FDCWD, "/proc/self/gid_map", gids);
    } catch (const Error&) {
        return false;
    }
    return ::mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) == 0;
}
constexpr int cannot_test = 77;

} // namespace skiff::store
