#include "kernel/rlimit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace skiff::kernel {
namespace {

TEST(Rlimit, IsFoundInEverySpelling)
{
    for (const char* word : {"nofile", "NOFILE", "RLIMIT_NOFILE", "rlimit_nofile"})
        EXPECT_EQ(find_rlimit(word), int{RLIMIT_NOFILE}) << word;
    EXPECT_EQ(find_rlimit("nope"), std::nullopt);
    EXPECT_EQ(rlimit_name(RLIMIT_SIGPENDING), "RLIMIT_SIGPENDING");
    EXPECT_EQ(short_rlimit_name(RLIMIT_CORE), "core");
}

TEST(Rlimit, TellsOurOwn)
{
    rlimit expected{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &expected), 0);

    for (const Rlimit& limit : current_rlimits()) {
        if (limit.resource == RLIMIT_NOFILE) {
            EXPECT_EQ(limit.soft, expected.rlim_cur);
        }
    }
    EXPECT_EQ(current_rlimits().size(), 16U);
}

} // namespace
} // namespace skiff::kernel
