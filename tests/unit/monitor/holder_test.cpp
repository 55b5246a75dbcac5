#include "monitor/holder.hpp"

#include "base/file.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

TEST(NamespaceHolder, IsFoundByItsMapWhileItLives)
{
    const TempDir run{testing::TempDir(), "skiff-holder-"};
    EXPECT_FALSE(find_namespace_holder(run.path(), "map"));
    {
        const NamespaceHolder holder{run.path(), "map"};
        EXPECT_TRUE(find_namespace_holder(run.path(), "map"));
        EXPECT_FALSE(find_namespace_holder(run.path(), "another map"));
        EXPECT_FALSE(find_namespace_holder(run.path(), "map", [](const Pidfd&) { return false; })) << "it has just ended";
    }
    EXPECT_FALSE(find_namespace_holder(run.path(), "map"));
}

TEST(NamespaceHolder, TheDeadAreSweptAndStrangersLeftAlone)
{
    const TempDir run{testing::TempDir(), "skiff-holder-"};
    make_directories(run.path() + "/userns");
    const UniqueFd dir = open_at(AT_FDCWD, run.path() + "/userns", O_RDONLY | O_DIRECTORY);
    save_atomically(dir.get(), "1-1", "map", Durability::None); // pid 1 began at another time
    save_atomically(dir.get(), "notes", "map", Durability::None);

    EXPECT_FALSE(find_namespace_holder(run.path(), "map"));

    EXPECT_FALSE(exists_at(dir.get(), "1-1"));
    EXPECT_TRUE(exists_at(dir.get(), "notes"));
}

} // namespace
} // namespace skiff::monitor
