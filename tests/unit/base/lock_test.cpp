#include "base/lock.hpp"

#include "base/file.hpp"

#include <gtest/gtest.h>

namespace skiff {
namespace {

TEST(FileLock, IsHeldUntilReleased)
{
    const TempDir box{testing::TempDir(), "skiff-lock-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);
    EXPECT_FALSE(FileLock::is_held(dir.get(), "lock"));

    FileLock lock = FileLock::acquire(dir.get(), "lock", FileLock::Mode::Exclusive);

    EXPECT_TRUE(FileLock::is_held(dir.get(), "lock"));
    EXPECT_FALSE(FileLock::try_acquire(dir.get(), "lock", FileLock::Mode::Shared));
    lock.release();
    EXPECT_FALSE(FileLock::is_held(dir.get(), "lock"));
    EXPECT_TRUE(FileLock::try_acquire(dir.get(), "lock", FileLock::Mode::Exclusive));
}

} // namespace
} // namespace skiff
