#pragma once

#include "base/error.hpp"
#include "kernel/namespaces.hpp"

#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

/// Kernel-facing tests run their body in a forked child that has entered a user namespace and a mount namespace of its own;
/// nothing that it mounts or becomes is left behind.
namespace skiff::test {

enum class Ids { AsPlanned, Single };

constexpr int machine_lacks_it = 77;

/// How the child ended. When it failed, gtest has printed why: the child shares our standard output.
struct ChildOutcome
{
    int code;
    [[nodiscard]] bool passed() const { return code == 0; }
    [[nodiscard]] bool skipped() const { return code == machine_lacks_it; }
};

inline ChildOutcome run_in_child(const std::function<void()>& body)
{
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        int code = 1;
        try {
            body();
            code = ::testing::Test::HasFailure() ? 1 : ::testing::Test::IsSkipped() ? machine_lacks_it : 0;
        } catch (const Error& error) {
            std::fprintf(stderr, "the test threw: %s\nhint: %s\n", error.what(), error.hint().c_str());
        }
        std::fflush(nullptr);
        ::_exit(code);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return {ExitStatus::from_wait(status).code};
}

/// Where the machine has no namespaces for us, the body does not run and the outcome says skipped.
inline ChildOutcome run_in_namespaces(const std::function<void()>& body, Ids ids = Ids::AsPlanned)
{
    return run_in_child([&] {
        try {
            kernel::enter_new_user_namespace(ids == Ids::Single ? kernel::plan_single_identity("asked by a test")
                                                                : kernel::plan_identity());
            kernel::enter_own_mount_namespace();
        } catch (const Error& error) {
            std::fprintf(stderr, "no namespaces here: %s\n", error.what());
            ::_exit(machine_lacks_it);
        }
        body();
    });
}

} // namespace skiff::test

// NOLINTBEGIN(cppcoreguidelines-macro-usage): GTEST_SKIP returns from the test, so it cannot be in a function.
/// Runs a body (a lambda) as run_in_namespaces does, and skips or fails the calling test accordingly.
#define SKIFF_EXPECT_IN_NAMESPACES(...)                                                                                \
    do {                                                                                                               \
        const auto outcome_of_child = ::skiff::test::run_in_namespaces(__VA_ARGS__);                                   \
        if (outcome_of_child.skipped())                                                                                \
            GTEST_SKIP() << "the machine lacks what this test needs; see above";                                       \
        EXPECT_EQ(outcome_of_child.code, 0) << "failed in the forked child; see above";                                \
    } while (false)
// NOLINTEND(cppcoreguidelines-macro-usage)
