#include "store_box.hpp"

namespace skiff::store {
namespace {

using testing::HasSubstr;

using RootTest = StoreBox;

TEST_F(RootTest, MakesItsDirectoriesForTheUserAlone)
{
    store();

    struct stat status
    {
    };
    for (const std::string& path : {paths().data_dir, paths().run_dir, paths().data_dir + "/containers"}) {
        ASSERT_EQ(::stat(path.c_str(), &status), 0) << path;
        EXPECT_EQ(status.st_mode & 07777U, 0700U) << path;
    }
    EXPECT_EQ(read_file(data(), "format"), "1\n");
}

TEST_F(RootTest, RefusesANewerStoreAndADamagedOne)
{
    store();

    save_atomically(data(), "format", "2\n", Durability::None);
    EXPECT_THAT(error_of([&] { reopen(); }), HasSubstr("has layout 2, and this program knows only layouts up to 1"));
    save_atomically(AT_FDCWD, paths().data_dir + "/format", "none", Durability::None);
    EXPECT_THAT(error_of([&] { reopen(); }), HasSubstr("is damaged"));
}

TEST_F(RootTest, ComesUpAfterAFirstStartThatAPowerFailureEnded)
{
    store();
    save_atomically(data(), "format", "", Durability::None);
    remove_tree_at(data(), "layers");

    reopen();

    EXPECT_EQ(read_file(data(), "format"), "1\n");
    EXPECT_TRUE(exists_at(data(), "layers"));
}

TEST_F(RootTest, TakesOverNoDirectoryWithOtherThingsInIt)
{
    make_directories(paths().data_dir);
    save_atomically(AT_FDCWD, paths().data_dir + "/letter.txt", "Dear", Durability::None);

    EXPECT_THAT(error_of([&] { store(); }), HasSubstr("is not empty and holds no store"));
}

TEST_F(RootTest, RefusesARunDirectoryThatOthersMayEnterOrThatIsALink)
{
    make_directories(paths().run_dir);
    ::chmod(paths().run_dir.c_str(), 0755);
    EXPECT_THAT(error_of([&] { store(); }), HasSubstr("is open to other users"));

    ::rmdir(paths().run_dir.c_str());
    ASSERT_EQ(::symlink("/tmp", paths().run_dir.c_str()), 0);
    EXPECT_THROW(store(), Error);
}

TEST_F(RootTest, ClosesADataDirectoryThatOthersMayEnter)
{
    store();
    ::chmod(paths().data_dir.c_str(), 0755);

    testing::internal::CaptureStderr();
    reopen();

    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("was open to other users"));
    struct stat status
    {
    };
    ::stat(paths().data_dir.c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(RootTest, UsesTheRunDirectoryThatTheStoreAlreadyHas)
{
    store();

    const Store elsewhere = Store::open({paths().data_dir, box_.path() + "/other-run"});

    EXPECT_EQ(elsewhere.root().run_path(), paths().run_dir);
    EXPECT_FALSE(exists_at(AT_FDCWD, box_.path() + "/other-run"));
}

TEST_F(RootTest, PutsTheLinkToTheRunDirectoryInPlaceOfAnEmptyDirectory)
{
    make_directories(paths().data_dir + "/run");

    store();

    EXPECT_EQ(read_link_at(AT_FDCWD, paths().data_dir + "/run"), paths().run_dir);
}

TEST_F(RootTest, LeavesADirectoryWithContentInTheLinksPlaceAndSaysSo)
{
    make_directories(paths().data_dir + "/run/kept");

    EXPECT_THAT(error_of([&] { store(); }), HasSubstr("is not the link to the run directory"));
    EXPECT_TRUE(exists_at(AT_FDCWD, paths().data_dir + "/run/kept"));
}

TEST_F(RootTest, UsesTheNewRunDirectoryWhenTheOldOneIsGoneOrOfAnotherBoot)
{
    store();
    {
        const OtherBoot boot;
        EXPECT_EQ(Store::open({paths().data_dir, box_.path() + "/second"}).root().run_path(), box_.path() + "/second");
        remove_tree_at(AT_FDCWD, box_.path() + "/second");
        EXPECT_EQ(Store::open({paths().data_dir, box_.path() + "/third"}).root().run_path(), box_.path() + "/third");
    }
}

TEST_F(RootTest, EmptiesARunDirectoryThatSurvivedAReboot)
{
    store();
    make_directories(paths().run_dir + "/containers/x");
    make_directories(paths().run_dir + "/userns");

    const OtherBoot boot;
    reopen();

    EXPECT_FALSE(exists_at(run(), "containers/x"));
    EXPECT_FALSE(exists_at(run(), "userns"));
    EXPECT_TRUE(exists_at(run(), "containers"));
}

TEST_F(RootTest, SharesUseAndExcludesItFromBeingAlone)
{
    const StoreUse one = store().use();
    const StoreUse two = store().use();

    const pid_t alone = fork_child([&] {
        const StoreAlone lock = Store::open(paths()).alone();
        return 0;
    });

    EXPECT_FALSE(Pidfd::find(alone)->wait_for_end(50));
    ::kill(alone, SIGKILL);
    wait_for(alone);
}

} // namespace
} // namespace skiff::store
