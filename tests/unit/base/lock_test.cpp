#include "base/lock.hpp"

#include "base/file.hpp"

#include <gtest/gtest.h>
#include <thread>

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

TEST(FileLock, WhoWaitedForAnUnlinkedFileLocksTheNewOne)
{
    const TempDir box{testing::TempDir(), "skiff-lock-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);
    std::optional<FileLock> holder = FileLock::acquire(dir.get(), "lock", FileLock::Mode::Exclusive);
    std::thread waiter{[&] {
        const FileLock mine = FileLock::acquire(dir.get(), "lock", FileLock::Mode::Exclusive);
        EXPECT_TRUE(FileLock::is_held(dir.get(), "lock"));
    }};

    while (read_file(AT_FDCWD, "/proc/locks").find("-> FLOCK") == std::string::npos)
        std::this_thread::yield();
    remove_file_at(dir.get(), "lock");
    holder.reset();

    waiter.join();
}

TEST(FileLock, ChangesBetweenSharedAndExclusive)
{
    const TempDir box{testing::TempDir(), "skiff-lock-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);
    FileLock mine = FileLock::acquire(dir.get(), "lock", FileLock::Mode::Exclusive);

    mine.downgrade();

    auto other = FileLock::try_acquire(dir.get(), "lock", FileLock::Mode::Shared);
    ASSERT_TRUE(other);
    EXPECT_FALSE(mine.try_upgrade());
    other.reset();
    EXPECT_TRUE(mine.try_upgrade());
}

} // namespace
} // namespace skiff
