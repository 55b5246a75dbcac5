#include "store_box.hpp"

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class VolumesTest : public StoreBox
{
  protected:
    const Volumes& volumes() { return store().volumes(); }
    void create_volume(const std::string& name) { volumes().create({.name = name, .anonymous = true}, store().use()); }
};

TEST_F(VolumesTest, KeepsWhatAVolumeIs)
{
    volumes().create({.name = "data",
                      .created = WallTime{std::chrono::seconds{7}},
                      .labels = {{"a", "b"}},
                      .options = {{"o", "bind"}}},
                     store().use());

    Volume volume = volumes().resolve("data");
    EXPECT_EQ(volume.labels.at("a"), "b");
    EXPECT_EQ(volume.options.at("o"), "bind");
    EXPECT_TRUE(volume.needs_copy_up);
    EXPECT_FALSE(volume.anonymous);
    struct stat status
    {
    };
    ASSERT_EQ(::stat(volumes().data_path("data").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0755U);

    volume.needs_copy_up = false;
    volumes().save(volume);
    EXPECT_FALSE(volumes().resolve("data").needs_copy_up);
}

TEST_F(VolumesTest, FindsByNameAndByTheBeginningOfOne)
{
    create_volume("data");
    create_volume("data2");
    create_volume("other");

    EXPECT_EQ(volumes().find("data")->name, "data");
    EXPECT_EQ(volumes().find("oth")->name, "other");
    EXPECT_FALSE(volumes().find("nope"));
    EXPECT_FALSE(volumes().find(""));
    EXPECT_FALSE(volumes().find(".."));
    EXPECT_THAT(volumes().list(), ElementsAre(Field(&Volume::name, "data"), Field(&Volume::name, "data2"),
                                              Field(&Volume::name, "other")));
    EXPECT_THAT(error_of([&] { (void)volumes().find("dat"); }),
                HasSubstr("more than one result for volume name \"dat\""));
}

TEST_F(VolumesTest, SaysInPodmansWordsWhatIsWrong)
{
    create_volume("data");

    EXPECT_EQ(error_of([&] { create_volume("data"); }), "volume with name data already exists: volume already exists");
    EXPECT_EQ(error_of([&] { (void)volumes().resolve("nope"); }), "no volume with name \"nope\" found: no such volume");
    EXPECT_EQ(error_of([&] { create_volume("/etc"); }),
              "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument");
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
}

TEST_F(VolumesTest, RemovesAVolumeWithItsData)
{
    create_volume("data");
    make_directories(volumes().data_path("data") + "/deep/er");

    EXPECT_TRUE(volumes().remove("data"));

    EXPECT_FALSE(volumes().remove("data"));
    EXPECT_THAT(volumes().list(), IsEmpty());
    EXPECT_THAT(list_directory(data(), "trash"), IsEmpty());
}

TEST_F(VolumesTest, MayHaveNamesThatLeaveRoomForTheirLocks)
{
    const std::string longest(240, 'n');
    create_volume(longest);

    EXPECT_NO_THROW((void)volumes().lock(longest));
    EXPECT_TRUE(volumes().remove(longest));
    EXPECT_THAT(error_of([&] { create_volume(longest + "n"); }), HasSubstr("names must match"));
}

TEST_F(VolumesTest, BelongsToOneOfManyCreators)
{
    store();
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i)
        children.push_back(fork_child([&] {
            const Store mine = Store::open(paths());
            try {
                mine.volumes().create({.name = "one", .anonymous = true}, mine.use());
                return 1;
            } catch (const Error& error) {
                return error.kind() == ErrorKind::InUse ? 0 : 50;
            }
        }));

    int creators = 0;
    for (const pid_t child : children)
        creators += wait_for(child);

    EXPECT_EQ(creators, 1);
}

} // namespace
} // namespace skiff::store
