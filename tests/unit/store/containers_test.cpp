#include "store/staging.hpp"
#include "store_box.hpp"

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ContainersTest : public StoreBox
{
  protected:
    const Containers& containers() { return store().containers(); }
    std::vector<std::string> names()
    {
        std::vector<std::string> result;
        for (const ContainerRecord& record : containers().list())
            result.push_back(record.config.name);
        return result;
    }
};

TEST_F(ContainersTest, FindsAContainerByNameIdAndBeginningOfTheId)
{
    create(1, "web");
    ContainerConfig other = config_of(2, "b0b");
    other.id = "b" + std::string(63, '1');
    containers().create(other, store().use());

    EXPECT_EQ(containers().find("web"), id_of(1));
    EXPECT_EQ(containers().find(id_of(1)), id_of(1));
    EXPECT_EQ(containers().find("aa"), id_of(1));
    EXPECT_EQ(containers().find("b"), other.id);
    EXPECT_EQ(containers().find("b0b"), other.id);
    EXPECT_EQ(containers().find("c"), std::nullopt);
    EXPECT_EQ(containers().find(""), std::nullopt);
    EXPECT_EQ(containers().find("../containers/" + id_of(1)), std::nullopt);
    EXPECT_EQ(containers().load_by_name("web").config.id, id_of(1));
}

TEST_F(ContainersTest, PrefersANameToTheBeginningOfAnId)
{
    create(1, "web");
    create(2, "aaa");

    EXPECT_EQ(containers().find("aaa"), id_of(2));
}

TEST_F(ContainersTest, SaysInPodmansWordsWhatIsMissingAmbiguousOrTaken)
{
    create(1, "web");
    create(2, "db");

    EXPECT_EQ(error_of([&] { (void)containers().resolve("nope"); }),
              "no container with name or ID \"nope\" found: no such container");
    EXPECT_EQ(error_of([&] { (void)containers().load(id_of(9)); }),
              cat("no container with name or ID \"", id_of(9), "\" found: no such container"));
    EXPECT_EQ(error_of([&] { (void)containers().find("aaa"); }),
              "more than one result for container \"aaa\": container already exists");
    EXPECT_EQ(error_of([&] { create(3, "web"); }),
              cat("the container name \"web\" is already in use by ", id_of(1),
                  ". You have to remove that container to be able to reuse that name: that name is already in use"));
    EXPECT_EQ(error_of([&] { create(3, "-web"); }), "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument");
    EXPECT_EQ(error_of([&] { create(3, "a/b"); }), "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument");
}

TEST_F(ContainersTest, LeavesNothingWhenCreationFails)
{
    create(1, "web");

    EXPECT_THROW(create(2, "web"), Error);
    EXPECT_THROW(create(1, "other"), Error) << "the id exists";

    EXPECT_THAT(names(), ElementsAre("web"));
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
    EXPECT_EQ(list_directory(data(), "names/containers").size(), 1U);
    EXPECT_EQ(containers().find("web"), id_of(1));
}

TEST_F(ContainersTest, RenamesAndRefusesATakenName)
{
    create(1, "web");
    create(2, "db");

    containers().rename(id_of(1), "www");

    EXPECT_EQ(containers().find("www"), id_of(1));
    EXPECT_EQ(containers().find("web"), std::nullopt);
    EXPECT_EQ(containers().load(id_of(1)).config.name, "www");
    EXPECT_THAT(error_of([&] { containers().rename(id_of(1), "db"); }), HasSubstr("is already in use by"));
    EXPECT_THAT(error_of([&] { containers().rename(id_of(1), "www"); }), HasSubstr("is already in use by"));
    create(3, "web");
    EXPECT_EQ(containers().find("web"), id_of(3));
}

TEST_F(ContainersTest, RemovesAllOfAContainer)
{
    create(1, "web");
    make_directories(containers().directory(id_of(1)) + "/upper/deep");
    (void)containers().lock(id_of(1));

    EXPECT_TRUE(containers().remove(id_of(1)));

    EXPECT_FALSE(containers().remove(id_of(1)));
    EXPECT_FALSE(containers().exists(id_of(1)));
    for (const char* place : {"containers", "names/containers", "trash"})
        EXPECT_THAT(list_directory(data(), place), IsEmpty()) << place;
    EXPECT_THAT(list_directory(run(), "containers"), IsEmpty());
    EXPECT_THAT(error_of([&] { (void)containers().lock(id_of(1)); }), HasSubstr("no such container"));
}

TEST_F(ContainersTest, ReservesANameForOneOfManyProcesses)
{
    store();
    std::vector<pid_t> children;
    for (unsigned n = 1; n <= 16; ++n)
        children.push_back(fork_child([&, n] {
            const Store mine = Store::open(paths());
            try {
                mine.containers().create(config_of(n, "one"), mine.use());
                return 0;
            } catch (const Error& error) {
                return error.kind() == ErrorKind::InUse ? 1 : 2;
            }
        }));

    int winners = 0;
    for (const pid_t child : children) {
        const int code = wait_for(child);
        EXPECT_LE(code, 1);
        winners += code == 0 ? 1 : 0;
    }

    EXPECT_EQ(winners, 1);
    EXPECT_THAT(names(), ElementsAre("one"));
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
}

TEST_F(ContainersTest, CreatesAndRemovesInManyProcessesWhileOthersRead)
{
    store();
    std::vector<pid_t> children;
    for (unsigned n = 0; n < 8; ++n)
        children.push_back(fork_child([&, n] {
            const Store mine = Store::open(paths());
            for (unsigned round = 0; round < 20; ++round) {
                const unsigned number = n * 100 + round;
                mine.containers().create(config_of(number, cat("c", number)), mine.use());
                (void)mine.containers().list();
                (void)mine.containers().find(cat("c", number + 100));
                if (!mine.containers().remove(id_of(number)))
                    return 1;
            }
            return 0;
        }));

    for (const pid_t child : children)
        EXPECT_EQ(wait_for(child), 0);
    EXPECT_THAT(names(), IsEmpty());
    for (const char* place : {"containers", "names/containers", "trash", "staging"})
        EXPECT_THAT(list_directory(data(), place), IsEmpty()) << place;
}

TEST_F(ContainersTest, SurvivesBeingKilledAtAnyMoment)
{
    for (unsigned n = 0; n < 40; ++n) {
        const pid_t child = fork_child([&]() -> int {
            const Store mine = Store::open(paths());
            for (;;) {
                mine.containers().create(config_of(1, "victim"), mine.use());
                mine.containers().rename(id_of(1), "renamed");
                mine.containers().remove(id_of(1));
            }
        });
        ::usleep(1000 + n * 137);
        ::kill(child, SIGKILL);
        wait_for(child);

        reopen();
        for (const ContainerRecord& record : containers().list())
            containers().remove(record.config.id);
        create(2, "victim");
        create(3, "renamed");
        EXPECT_THAT(names(), ElementsAre("victim", "renamed"));
        containers().remove(id_of(2));
        containers().remove(id_of(3));
        for (const char* place : {"containers", "trash", "staging"})
            EXPECT_THAT(list_directory(data(), place), IsEmpty()) << place << " after kill " << n;
    }
}

TEST_F(ContainersTest, SweepsTheStagingOfADeadProcessButNotOfALiveOne)
{
    store();
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = fork_child([&] {
        const Store mine = Store::open(paths());
        const StoreUse use = mine.use();
        const Staging staging{mine.root(), Staging::by_use};
        (void)!::write(ready[1], "x", 1);
        ::pause();
        return 0;
    });
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);

    create(1, "a");
    EXPECT_EQ(list_directory(data(), "staging").size(), 1U) << "its owner lives";
    ::kill(child, SIGKILL);
    wait_for(child);
    create(2, "b");

    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(ContainersTest, LeavesDamagedRecordsOutOfListsButRemovesThem)
{
    create(1, "good");
    create(2, "torn");
    create(3, "empty");
    save_atomically(data(), cat("containers/", id_of(2), "/config.json"), "{\"id\":\"x", Durability::None);
    save_atomically(data(), cat("containers/", id_of(3), "/config.json"), "", Durability::None);

    testing::internal::CaptureStderr();
    EXPECT_THAT(names(), ElementsAre("good"));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("damaged container record"));

    EXPECT_THAT(error_of([&] { (void)containers().load(id_of(2)); }),
                HasSubstr("damaged container record: no valid JSON"));
    EXPECT_THAT(error_of([&] { create(4, "torn"); }), HasSubstr("already in use")) << "until it is removed";
    EXPECT_TRUE(containers().remove(containers().resolve("torn")));
    EXPECT_TRUE(containers().remove(containers().resolve("empty")));
    create(5, "torn");
    EXPECT_THAT(names(), ElementsAre("good", "torn"));
}

TEST_F(ContainersTest, RemovesOnAFullDisk)
{
    make_directories(paths().data_dir);
    const int code = wait_for(fork_child([&] {
        if (!enter_small_disk(paths().data_dir, "size=256k,mode=700"))
            return cannot_test;
        const Store mine = Store::open(paths());
        mine.containers().create(config_of(1, "a"), mine.use());
        const UniqueFd filler =
            open_at(mine.root().data(), cat("containers/", id_of(1), "/log"), O_WRONLY | O_CREAT, 0600);
        const std::string block(4096, 'x');
        while (::write(filler.get(), block.data(), block.size()) > 0) {
        }
        // Creating fails as a whole; recording an end and removing still work.
        try {
            mine.containers().create(config_of(2, "b"), mine.use());
            return 1;
        } catch (const Error& error) {
            if (error.errno_value() != ENOSPC)
                return 2;
        }
        ExitRecord exit;
        exit.code = 3;
        mine.containers().save_exit(id_of(1), exit);
        if (mine.containers().load(id_of(1)).exit->code != 3)
            return 3;
        if (Store::open(paths()).containers().list().size() != 1)
            return 4;
        if (!mine.containers().remove(id_of(1)))
            return 5;
        mine.containers().create(config_of(3, "a"), mine.use());
        return mine.containers().list().size() == 1 ? 0 : 6;
    }));
    if (code == cannot_test)
        GTEST_SKIP() << "no user namespace with a tmpfs here";
    EXPECT_EQ(code, 0);
}

} // namespace
} // namespace skiff::store
