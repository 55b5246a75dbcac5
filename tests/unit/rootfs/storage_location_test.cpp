#include "rootfs/storage_location.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sys/stat.h>

namespace skiff::rootfs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StorageLocations : public testing::Test
{
  protected:
    StorageLocations()
    {
        for (const char* name : {"home", "shared", "run"})
            make_directories(at(name));
        facts_.uid = ::geteuid();
        facts_.home = at("home");
        facts_.variable = [this](const char* name) -> std::optional<std::string> {
            const auto found = variables_.find(name);
            return found == variables_.end() ? std::nullopt : std::optional{found->second};
        };
        facts_.shared_roots = {at("shared")};
        facts_.run_root = at("run");
    }

    [[nodiscard]] std::string at(const std::string& name) const { return cat(box_.path(), "/", name); }
    static mode_t mode_of(const std::string& path)
    {
        struct stat status{};
        EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
        return status.st_mode & 07777U;
    }

    TempDir box_{testing::TempDir(), "skiff-location-"};
    std::map<std::string, std::string> variables_;
    StorageFacts facts_;
};

TEST_F(StorageLocations, AreInTheHomeDirectory)
{
    const StorageLocation data = choose_data_dir(facts_);

    EXPECT_EQ(data.path, at("home/.local/share/skiff"));
    EXPECT_EQ(mode_of(data.path), 0700U);
    EXPECT_THAT(data.notes, IsEmpty());
}

TEST_F(StorageLocations, AreNotInTheHomeOfWhoeverCalledSudo)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "root may write anywhere";

    EXPECT_FALSE(is_of_another_user(at("home"), ::geteuid()));
    EXPECT_FALSE(is_of_another_user(at("nowhere"), ::geteuid()));
    EXPECT_FALSE(is_of_another_user("/tmp", ::geteuid())) << "open to all";
    EXPECT_TRUE(is_of_another_user("/", ::geteuid()));
    ASSERT_EQ(::chmod(at("home").c_str(), 0), 0);
    EXPECT_TRUE(is_of_another_user(at("home/below"), ::geteuid()));
    ASSERT_EQ(::chmod(at("home").c_str(), 0700), 0);
}

TEST_F(StorageLocations, FollowTheXdgVariable)
{
    variables_["XDG_DATA_HOME"] = at("home/data");
    EXPECT_EQ(choose_data_dir(facts_).path, at("home/data/skiff"));

    variables_["XDG_DATA_HOME"] = "relative";
    EXPECT_EQ(choose_data_dir(facts_).path, at("home/.local/share/skiff"));
}

TEST_F(StorageLocations, AreTakenAsAsked)
{
    variables_["SKIFF_ROOT"] = at("by-variable");

    EXPECT_EQ(choose_data_dir(facts_).path, at("by-variable"));
    EXPECT_EQ(choose_data_dir(facts_, at("by-option")).path, at("by-option"));
    EXPECT_THROW(choose_data_dir(facts_, "relative"), Error);
}

TEST_F(StorageLocations, AreClosedToOthersAgain)
{
    make_directories(at("home/.local/share/skiff"));
    ::chmod(at("home/.local/share/skiff").c_str(), 02775);

    const StorageLocation data = choose_data_dir(facts_);

    EXPECT_EQ(mode_of(data.path), 0700U);
    EXPECT_THAT(data.notes, ElementsAre(HasSubstr("was open to other users")));
}

TEST_F(StorageLocations, DoNotInheritAGroup)
{
    ::chmod(at("home").c_str(), 02700);

    EXPECT_EQ(mode_of(choose_data_dir(facts_).path), 0700U);
}

TEST_F(StorageLocations, FallBackToASharedDirectoryWithoutAHome)
{
    facts_.home.clear();

    const StorageLocation data = choose_data_dir(facts_);

    EXPECT_EQ(data.path, at(cat("shared/skiff-", ::geteuid())));
    EXPECT_EQ(mode_of(data.path), 0700U);
}

TEST_F(StorageLocations, DoNotFollowWhatAnAttackerPutThere)
{
    facts_.home.clear();
    make_directories(at("shared2"));
    facts_.shared_roots.push_back(at("shared2"));
    ASSERT_EQ(::symlink(at("home").c_str(), at(cat("shared/skiff-", ::geteuid())).c_str()), 0);

    const StorageLocation data = choose_data_dir(facts_);

    EXPECT_EQ(data.path, at(cat("shared2/skiff-", ::geteuid())));
    EXPECT_THAT(data.notes, ElementsAre(HasSubstr("it is no directory")));
}

TEST_F(StorageLocations, AreNotBelowAnotherUsersDirectory)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root to make another user's directory";
    make_directories(at("home/.local/share"));
    ASSERT_EQ(::chown(at("home/.local").c_str(), 12345, 12345), 0);

    const StorageLocation data = choose_data_dir(facts_);

    EXPECT_EQ(data.path, at(cat("shared/skiff-", ::geteuid())));
    EXPECT_THAT(data.notes, ElementsAre(HasSubstr("belongs to another user")));
}

TEST_F(StorageLocations, NameEveryReasonWhenThereIsNone)
{
    facts_.home = at("nowhere");
    facts_.shared_roots = {at("nothing")};
    save_atomically(AT_FDCWD, at("nowhere"), "a file");
    try {
        choose_data_dir(facts_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.message(), HasSubstr("no place for images and containers; not '"));
        EXPECT_THAT(error.message(), HasSubstr("nothing"));
        EXPECT_THAT(error.hint(), HasSubstr("--root"));
    }
}

TEST_F(StorageLocations, OfRuntimeFilesIsTheSessions)
{
    variables_["XDG_RUNTIME_DIR"] = at("run");
    const StorageLocation run = choose_run_dir(facts_, at("home"));

    EXPECT_EQ(run.path, at("run/skiff"));
    EXPECT_EQ(mode_of(run.path), 0700U);
}

TEST_F(StorageLocations, OfRuntimeFilesIsNeverOpenToOthers)
{
    variables_["XDG_RUNTIME_DIR"] = at("run");
    ::chmod(at("run").c_str(), 0755);

    const StorageLocation run = choose_run_dir(facts_, choose_data_dir(facts_).path);

    EXPECT_EQ(run.path, at("home/.local/share/skiff/runtime"));
    EXPECT_THAT(run.notes[0], HasSubstr("others may"));
}

TEST_F(StorageLocations, OfRuntimeFilesIsFoundWithoutTheVariable)
{
    make_directories(at(cat("run/", ::geteuid())));

    EXPECT_EQ(choose_run_dir(facts_, at("home")).path, at(cat("run/", ::geteuid(), "/skiff")));
}

} // namespace
} // namespace skiff::rootfs
