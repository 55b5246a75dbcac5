#include "rootfs/changes.hpp"

#include "layers_for_test.hpp"
#include "namespace_child.hpp"
#include "rootfs/driver_choice.hpp"
#include "rootfs/pack_changes.hpp"

#include <cstdio>
#include <gmock/gmock.h>

namespace skiff::rootfs {

void PrintTo(const Change& change, std::ostream* out) { *out << static_cast<char>(change.kind) << ' ' << change.path; } // NOLINT

namespace {

class Changes : public testing::TestWithParam<Driver>
{
  protected:
    static void in_namespaces(const std::function<void()>& body)
    {
        SKIFF_EXPECT_IN_NAMESPACES([&] {
            work_in_memory();
            const std::string problem = find_driver_problem(GetParam(), testing::TempDir());
            if (!problem.empty()) {
                std::fprintf(stderr, "no %s here: %s\n", to_string(GetParam()).c_str(), problem.c_str());
                ::_exit(test::machine_lacks_it);
            }
            body();
        });
    }
};

LayersForTest& small_image(LayersForTest& layers)
{
    layers.layer().dir("etc").file("etc/conf", "1").file("etc/hosts", "h").dir("opt").file("opt/a", "a").file("opt/b", "b");
    layers.dir("usr/share").file("usr/share/doc", "d").file("plain", "p").link("link", "plain");
    layers.layer().dir("etc").file("etc/upper", "u").whiteout("etc/hosts").dir("srv");
    return layers;
}

TEST_P(Changes, OfAnUntouchedContainerAreNone)
{
    in_namespaces([] {
        LayersForTest layers;
        const RootfsRequest request = small_image(layers).request(GetParam());
        EXPECT_TRUE(list_changes(request).empty());

        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_TRUE(list_changes(request).empty());
    });
}

TEST_P(Changes, AreAddedModifiedAndDeletedPaths)
{
    in_namespaces([] {
        LayersForTest layers;
        const RootfsRequest request = small_image(layers).request(GetParam());
        const Rootfs rootfs = mount_rootfs(request);
        const auto at = [&](const char* name) { return cat(rootfs.path(), "/", name); };

        write_file(at("etc/conf"), "longer");
        write_file(at("etc/hosts"), "again"); // the image had deleted it
        EXPECT_EQ(::mkdir(at("srv/www").c_str(), 0755), 0);
        write_file(at("srv/www/index"), "i");
        EXPECT_EQ(::unlink(at("opt/a").c_str()), 0);
        EXPECT_TRUE(remove_tree_at(rootfs.fd(), "usr/share"));
        EXPECT_EQ(::unlink(at("link").c_str()), 0);
        EXPECT_EQ(::symlink("elsewhere", at("link").c_str()), 0);
        EXPECT_EQ(::unlink(at("plain").c_str()), 0);
        EXPECT_EQ(::mkdir(at("plain").c_str(), 0755), 0);
        write_file(at("plain/file"), "f");

        using enum ChangeKind;
        EXPECT_EQ(list_changes(request), (std::vector<Change>{{Modified, "/etc"},
                                                              {Modified, "/etc/conf"},
                                                              {Added, "/etc/hosts"},
                                                              {Modified, "/link"},
                                                              {Modified, "/opt"},
                                                              {Deleted, "/opt/a"},
                                                              {Modified, "/plain"},
                                                              {Added, "/plain/file"},
                                                              {Modified, "/srv"},
                                                              {Added, "/srv/www"},
                                                              {Added, "/srv/www/index"},
                                                              {Modified, "/usr"},
                                                              {Deleted, "/usr/share"}}));
    });
}

TEST_P(Changes, SeeThatADirectoryWasMadeAnew)
{
    in_namespaces([] {
        LayersForTest layers;
        const RootfsRequest request = small_image(layers).request(GetParam());
        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_TRUE(remove_tree_at(rootfs.fd(), "opt"));
        EXPECT_EQ(::mkdirat(rootfs.fd(), "opt", 0755), 0);
        write_file(cat(rootfs.path(), "/opt/c"), "c");

        using enum ChangeKind;
        EXPECT_EQ(list_changes(request),
                  (std::vector<Change>{{Modified, "/opt"}, {Deleted, "/opt/a"}, {Deleted, "/opt/b"}, {Added, "/opt/c"}}));
    });
}

TEST_P(Changes, SeeWhatIsMissingBelowADirectoryThatWasMadeAnew)
{
    in_namespaces([] {
        LayersForTest layers;
        layers.layer().dir("a").dir("a/b").file("a/b/gone", "g").file("a/b/again", "x");
        const RootfsRequest request = layers.request(GetParam());
        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_TRUE(remove_tree_at(rootfs.fd(), "a"));
        EXPECT_EQ(::mkdirat(rootfs.fd(), "a", 0755), 0);
        EXPECT_EQ(::mkdirat(rootfs.fd(), "a/b", 0755), 0);
        write_file(cat(rootfs.path(), "/a/b/again"), "longer");

        using enum ChangeKind;
        EXPECT_EQ(list_changes(request), (std::vector<Change>{{Modified, "/a"},
                                                              {Modified, "/a/b"},
                                                              {Modified, "/a/b/again"},
                                                              {Deleted, "/a/b/gone"}}));
    });
}

TEST_P(Changes, SeeModesOfDirectories)
{
    in_namespaces([] {
        LayersForTest layers;
        const RootfsRequest request = small_image(layers).request(GetParam());
        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_EQ(::chmod(cat(rootfs.path(), "/srv").c_str(), 0700), 0);

        EXPECT_EQ(list_changes(request), (std::vector<Change>{{ChangeKind::Modified, "/srv", true}}));
    });
}

TEST_P(Changes, AreNoneBecauseOwnersAreShifted)
{
    in_namespaces([] {
        LayersForTest layers;
        RootfsRequest request = small_image(layers).request(GetParam());
        request.id_map.uids = {{0, 1, 1000}, {1000, 0, 1}};
        request.id_map.gids = request.id_map.uids;
        const Rootfs rootfs = mount_rootfs(request);

        EXPECT_TRUE(list_changes(request).empty());
        write_file(cat(rootfs.path(), "/etc/conf"), "longer");
        EXPECT_EQ(list_changes(request),
                  (std::vector<Change>{{ChangeKind::Modified, "/etc"}, {ChangeKind::Modified, "/etc/conf"}}));
    });
}

/// Writes down what it is given.
class Notes : public archive::EntrySink
{
  public:
    void add(const archive::TarEntry& entry) override
    {
        const char* const kinds = "fhlcbdp?";
        std::string line = cat(kinds[static_cast<int>(entry.type)], " ", entry.path, " ", entry.uid, ":", entry.gid);
        if (!entry.link_target.empty())
            line += cat(" -> ", entry.link_target);
        lines.push_back(line);
    }
    void content(std::string_view bytes) override { lines.back() += cat(" ", bytes); }
    std::vector<std::string> lines;
};

TEST_P(Changes, ArePackedTheSameWayWhateverTheDriver)
{
    in_namespaces([] {
        LayersForTest layers;
        const RootfsRequest request = small_image(layers).request(GetParam());
        const Rootfs rootfs = mount_rootfs(request);
        const auto at = [&](const char* name) { return cat(rootfs.path(), "/", name); };
        write_file(at("etc/conf"), "longer");
        EXPECT_EQ(::chown(at("etc/conf").c_str(), 5, 6), 0);
        EXPECT_TRUE(remove_tree_at(rootfs.fd(), "opt"));
        EXPECT_EQ(::mkdirat(rootfs.fd(), "opt", 0755), 0);
        write_file(at("opt/c"), "c");
        EXPECT_EQ(::link(at("opt/c").c_str(), at("opt/d").c_str()), 0);
        EXPECT_EQ(::symlink("c", at("opt/e").c_str()), 0);
        EXPECT_EQ(::unlink(at("plain").c_str()), 0);

        Notes notes;
        const std::vector<Change> changes = list_changes(request);
        EXPECT_EQ(pack_changes(request, changes, notes), changes.size());

        EXPECT_EQ(notes.lines,
                  (std::vector<std::string>{"d etc 0:0", "f etc/conf 5:6 longer", "d opt 0:0", "f opt/.wh.a 0:0",
                                            "f opt/.wh.b 0:0", "f opt/c 0:0 c", "h opt/d 0:0 -> opt/c", "l opt/e 0:0 -> c",
                                            "f .wh.plain 0:0"}));
    });
}

TEST_P(Changes, ArePackedWithTheDirectoriesThatLeadToThem)
{
    in_namespaces([] {
        LayersForTest layers;
        const RootfsRequest request = small_image(layers).request(GetParam());
        const Rootfs rootfs = mount_rootfs(request);
        EXPECT_EQ(::chown(cat(rootfs.path(), "/etc").c_str(), 7, 7), 0);
        write_file(cat(rootfs.path(), "/etc/conf"), "longer");

        Notes notes;
        pack_changes(request, {{ChangeKind::Modified, "/etc/conf"}, {ChangeKind::Deleted, "/etc/upper"}}, notes);

        EXPECT_EQ(notes.lines,
                  (std::vector<std::string>{"d etc 7:7", "f etc/conf 0:0 longer", "f etc/.wh.upper 0:0"}));
    });
}

TEST_P(Changes, ArePackedWithTheOwnersThatTheImageMeans)
{
    in_namespaces([] {
        LayersForTest layers;
        RootfsRequest request = small_image(layers).request(GetParam());
        request.id_map.uids = {{0, 1, 1000}, {1000, 0, 1}};
        request.id_map.gids = request.id_map.uids;
        const Rootfs rootfs = mount_rootfs(request);
        write_file(cat(rootfs.path(), "/etc/conf"), "longer"); // of the image's, which is root's inside

        Notes notes;
        pack_changes(request, list_changes(request), notes);

        EXPECT_EQ(notes.lines, (std::vector<std::string>{"d etc 0:0", "f etc/conf 0:0 longer"}));
    });
}

TEST(CompareLayers, TellsWhatALayerChanged)
{
    SKIFF_EXPECT_IN_NAMESPACES([] {
        work_in_memory();
        LayersForTest layers;
        layers.layer().dir("etc").file("etc/conf", "1").file("etc/hosts", "h").dir("opt").file("opt/a", "a").link("link", "opt/a");
        layers.layer().dir("etc").file("etc/conf", "22").whiteout("etc/hosts").dir("srv").file("srv/x", "x").link("link", "opt/b");
        const std::vector<std::string> all = layers.request(Driver::Overlay).layers;
        using enum ChangeKind;

        EXPECT_THAT(compare_layers({all[0]}, all),
                    testing::ElementsAre(Change{Modified, "/etc"}, Change{Modified, "/etc/conf"}, Change{Deleted, "/etc/hosts"},
                                         Change{Modified, "/link"}, Change{Added, "/srv"}, Change{Added, "/srv/x"}));
        EXPECT_THAT(compare_layers(all, {all[0]}),
                    testing::ElementsAre(Change{Modified, "/etc"}, Change{Modified, "/etc/conf"}, Change{Added, "/etc/hosts"},
                                         Change{Modified, "/link"}, Change{Deleted, "/srv"}));
        EXPECT_TRUE(compare_layers(all, all).empty());
        EXPECT_EQ(compare_layers({}, {all[0]}).size(), 6U);
    });
}

INSTANTIATE_TEST_SUITE_P(, Changes, testing::Values(Driver::Overlay, Driver::FuseOverlayfs, Driver::Copy), [](const auto& driver) {
    std::string name = to_string(driver.param);
    name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
    return name;
});

} // namespace
} // namespace skiff::rootfs
