#include "monitor/cleanup.hpp"

#include "store_box.hpp"
#include "store/garbage.hpp"

namespace skiff::monitor {
namespace {

class CleanupTest : public store::StoreBox
{
  protected:
    /// A container with these anonymous volumes, which are made where they are not there.
    ContainerConfig create_with(unsigned n, const std::vector<std::string>& volumes)
    {
        ContainerConfig config = config_of(n, cat("c", n));
        const store::StoreUse use = store().use();
        for (const std::string& name : volumes) {
            if (!exists(name)) {
                store::Volume volume;
                volume.name = name;
                volume.anonymous = true;
                store().volumes().create(volume, use);
            }
            config.mounts.push_back({.type = MountType::Volume, .source = name, .target = cat("/", name), .anonymous = true});
        }
        store().containers().create(config, use);
        return config;
    }
    bool exists(const std::string& volume) { return store().volumes().find_exact(volume).has_value(); }
    void remove(const ContainerConfig& config) { remove_container(store(), config, RemoveVolumes::Anonymous); }
};

TEST_F(CleanupTest, RemovesVolumesThatNobodyElseHas)
{
    const ContainerConfig config = create_with(1, {"own", "shared"});
    create_with(2, {"shared"});

    remove(config);

    EXPECT_FALSE(exists("own"));
    EXPECT_TRUE(exists("shared"));
}

TEST_F(CleanupTest, KeepsVolumesWhileARecordCannotBeRead)
{
    const ContainerConfig config = create_with(1, {"own"});
    create_with(2, {"own"});
    save_atomically(data(), cat("containers/", id_of(2), "/config.json"), "{", Durability::None);

    remove(config);

    EXPECT_TRUE(exists("own"));
}

TEST_F(CleanupTest, OneVolumeThatStaysKeepsNoOthers)
{
    const ContainerConfig config = create_with(1, {"first", "second"});
    (void)make_directory_at(run(), "locks/tmpfs-first"); // where its removal wants to remove a file

    remove(config);

    EXPECT_FALSE(exists("second"));
}

TEST_F(CleanupTest, WaitsForAUserThatIsBeingMade)
{
    const ContainerConfig config = create_with(1, {"data"});
    std::optional<FileLock> making{store::lock_volume_users(store())};
    const pid_t remover = store::fork_child([&] {
        making.reset();
        remove_container(store::Store::open(paths()), config, RemoveVolumes::Anonymous);
        return 0;
    });
    while (store().containers().exists(config.id))
        ::usleep(1000);
    ::usleep(50'000); // it has looked for users now, unless it waits

    create_with(2, {"data"});
    making.reset();

    EXPECT_EQ(store::wait_for(remover), 0);
    EXPECT_TRUE(exists("data"));
}

} // namespace
} // namespace skiff::monitor
