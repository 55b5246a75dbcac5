#include "base/interrupt_block.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace skiff {
namespace {

TEST(InterruptBlock, PutsOffTheEnd)
{
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        EXPECT_EXIT(
            {
                {
                    const InterruptBlock block;
                    ::raise(signal);
                    (void)!::write(STDERR_FILENO, "finished", 8);
                }
                (void)!::write(STDERR_FILENO, " and more", 9);
            },
            testing::KilledBySignal(signal), "^finished$");
}

} // namespace
} // namespace skiff
