#pragma once

#include "base/file.hpp"
#include "kernel/rlimit.hpp"
#include "namespace_child.hpp"
#include "runtime/container_process.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/spec_builder.hpp"

#include <array>
#include <gtest/gtest.h>

namespace skiff::runtime::test {

/// What a command in a container did. `output` is stdout and stderr together.
struct Outcome
{
    int code = -1;
    std::string output;
};

/// A container with a busybox in it, to be used inside SKIFF_EXPECT_IN_NAMESPACES. Change config, context and options,
/// then run.
class TestContainer
{
  public:
    TestContainer() : directory_{"/tmp", "skiff-runtime-"}
    {
        for (const char* name : {"bin", "etc", "tmp", "root"})
            make_directories(cat(root(), "/", name), 0755);
        const std::string busybox = read_file(AT_FDCWD, "/bin/busybox", 16U << 20U);
        write_file("bin/busybox", busybox, 0755);
        for (const char* applet :
             {"sh",       "ls", "cat",   "id",   "grep", "mount",    "true", "sleep", "stat",  "tty",  "pwd",
              "readlink", "ps", "touch", "echo", "env",  "hostname", "head", "wc",    "mkdir", "test", "kill"})
            link("busybox", cat("bin/", applet));
        write_file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
        write_file("etc/group", "root:x:0:\nalice:x:1000:\nwheel:x:10:root,alice\naudio:x:29:alice\n");
        config.id = std::string(64, 'c');
        config.name = "test";
        options.id = config.id;
    }

    [[nodiscard]] std::string root() const { return cat(directory_.path(), "/root"); }
    void write_file(const std::string& path, const std::string& content, mode_t mode = 0644) const
    {
        const UniqueFd file = open_at(AT_FDCWD, cat(root(), "/", path), O_WRONLY | O_CREAT | O_TRUNC, mode);
        write_all(file.get(), content, path);
    }
    void link(const std::string& target, const std::string& path) const
    {
        EXPECT_EQ(::symlink(target.c_str(), cat(root(), "/", path).c_str()), 0) << path;
    }

    void use_shell(const std::string& line) { config.command = {"/bin/sh", "-c", line}; }

    /// Makes the specification from config and context, as the engine does.
    oci::RuntimeSpec make()
    {
        const UniqueFd opened = open_at(AT_FDCWD, root(), O_PATH | O_DIRECTORY);
        context.rootfs_path = root();
        context.user = find_user(load_account_files(opened.get()), config.user, config.groups);
        if (config.security.capabilities.empty())
            config.security.capabilities =
                make_capabilities(config.security.cap_add, config.security.cap_drop, config.security.privileged);
        options.make_working_directory = !config.working_dir_asked;
        return make_spec(config, context);
    }

    Outcome run(const std::string& line)
    {
        use_shell(line);
        return run();
    }

    Outcome run()
    {
        auto [reader, writer] = make_pipe();
        ProcessStdio stdio;
        stdio.out = stdio.err = writer.get();
        stdio.preserved = preserved;
        ContainerProcess container = ContainerProcess::create(make(), stdio, options);
        container.start();
        writer.reset();
        Outcome outcome;
        outcome.output = read_all(reader.get(), 1U << 20U, "output");
        outcome.code = container.process().wait().code;
        return outcome;
    }

    /// Starts a sleeping container, runs `line` in it by exec, ends it.
    Outcome exec(const std::string& line, ExecRequest request = {})
    {
        config.command = {"/bin/sleep", "100"};
        const oci::RuntimeSpec spec = make();
        ContainerProcess container = ContainerProcess::create(spec, {}, options);
        container.start();
        auto [reader, writer] = make_pipe();
        ProcessStdio stdio;
        stdio.out = stdio.err = writer.get();
        request.command = {"/bin/sh", "-c", line};
        ExecSpec exec_spec;
        exec_spec.process = make_exec_process(spec, config, request);
        StartedProcess started = container.spawn_exec(exec_spec, stdio);
        writer.reset();
        Outcome outcome;
        outcome.output = read_all(reader.get(), 1U << 20U, "output");
        outcome.code = started.wait().code;
        container.pidfd().send_signal(SIGKILL);
        (void)container.process().wait();
        return outcome;
    }

    /// The message of the Error that run() throws, with its kind's exit code in front: "127: executable ...".
    std::string failure(const std::string& line)
    {
        use_shell(line);
        return failure();
    }
    std::string failure()
    {
        try {
            const Outcome outcome = run();
            return cat("it ran: ", outcome.code, " ", outcome.output);
        } catch (const Error& error) {
            return cat(exit_code(error.kind()), ": ", error.message());
        }
    }

    static std::pair<UniqueFd, UniqueFd> make_pipe()
    {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    }

    ContainerConfig config;
    ContainerContext context;
    CreateOptions options;
    std::vector<std::pair<int, int>> preserved;

  private:
    TempDir directory_;
};

inline bool busybox_is_there()
{
    return ::access("/bin/busybox", X_OK) == 0 && ::system("ldd /bin/busybox >/dev/null 2>&1") != 0;
}

/// The body runs in namespaces of its own, with a container named `box`.
#define SKIFF_CONTAINER_TEST(Suite, Name)                                                                              \
    static void Suite##_##Name##_body(TestContainer& box);                                                             \
    TEST(Suite, Name)                                                                                                  \
    {                                                                                                                  \
        if (!busybox_is_there())                                                                                       \
            GTEST_SKIP() << "needs a static /bin/busybox";                                                             \
        SKIFF_EXPECT_IN_NAMESPACES([] {                                                                                \
            TestContainer box;                                                                                         \
            Suite##_##Name##_body(box);                                                                                \
        });                                                                                                            \
    }                                                                                                                  \
    static void Suite##_##Name##_body([[maybe_unused]] TestContainer& box)

} // namespace skiff::runtime::test
