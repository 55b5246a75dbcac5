#include "runtime/spec_builder.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "runtime/security_profile.hpp"

#include <algorithm>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace skiff::runtime {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;

ContainerConfig plain_config()
{
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.command = {"sleep", "10"};
    config.env = {"A=b"};
    config.security.capabilities = make_capabilities({}, {}, false);
    return config;
}

ContainerContext plain_context()
{
    ContainerContext context;
    context.rootfs_path = "/store/merged";
    context.hosts_path = "/run/hosts";
    context.resolv_conf_path = "/run/resolv.conf";
    context.hostname_path = "/run/hostname";
    context.containerenv_path = "/run/containerenv";
    context.user.home = "/root";
    return context;
}

/// Compares with tests/unit/runtime/golden/NAME.json; SKIFF_UPDATE_GOLDEN=1 writes it instead.
void expect_golden(const char* name, const oci::RuntimeSpec& spec)
{
    const std::string path = cat(SKIFF_GOLDEN_DIR, "/", name, ".json");
    const std::string text = oci::make_json(spec).dump(2) + "\n";
    if (std::getenv("SKIFF_UPDATE_GOLDEN") != nullptr)
        save_atomically(AT_FDCWD, path, text, Durability::None, 0644);
    EXPECT_EQ(text, read_file(AT_FDCWD, path));
}

const oci::SpecMount* find_mount(const oci::RuntimeSpec& spec, const std::string& destination)
{
    const auto found = std::find_if(spec.mounts.begin(), spec.mounts.end(),
                                    [&](const oci::SpecMount& mount) { return mount.destination == destination; });
    return found == spec.mounts.end() ? nullptr : &*found;
}

std::vector<std::string> namespaces(const oci::RuntimeSpec& spec)
{
    std::vector<std::string> types;
    for (const oci::SpecNamespace& space : spec.namespaces)
        types.push_back(space.type);
    return types;
}

TEST(MakeSpec, OfADefaultContainer) { expect_golden("default", make_spec(plain_config(), plain_context())); }

TEST(MakeSpec, OfAPrivilegedContainerWithEverything)
{
    ContainerConfig config = plain_config();
    ContainerContext context = plain_context();
    config.security.privileged = true;
    config.security.capabilities = {"CAP_CHOWN"};
    config.tty = true;
    config.read_only = true;
    config.user = "alice";
    config.umask = 077;
    config.rlimits = {{"nofile", 5, 6}};
    config.sysctls = {{"net.ipv4.ip_forward", "1"}};
    config.hostname = "box";
    config.network.mode.mode = NamespaceMode::Host;
    config.ipc.mode = NamespaceMode::Host;
    config.pid.mode = NamespaceMode::Container;
    config.id_map = {{{0, 1, 10}}, {{0, 1, 10}}};
    config.devices = {{"/dev/fuse", "/dev/fuse", "rw"}};
    config.limits.memory_bytes = 1000;
    context.user = {1000, 1000, {10}, "alice", "/home/alice", ""};
    context.owns_network = false;
    context.cgroups_path = "/user.slice/x";
    context.joins = {{"pid", ""}};
    context.host_devices = {"/dev/kvm"};
    context.rlimit_ceiling = {{"RLIMIT_NOFILE", 100, 100}, {"RLIMIT_NPROC", 100, 200}};
    ResolvedMount volume, memory;
    volume.mount.type = MountType::Volume;
    volume.mount.target = "/data";
    volume.source = "/store/volumes/v/_data";
    memory.mount.type = MountType::Tmpfs;
    memory.mount.target = "/data/cache";
    memory.mount.options = {"size=64m", "noexec"};
    context.mounts = {memory, volume};

    expect_golden("everything", make_spec(config, context));
}

TEST(MakeSpec, LowersLimitsThatTheUserMayNotHave)
{
    ContainerConfig config = plain_config();
    config.rlimits = {{"memlock", RLIM_INFINITY, RLIM_INFINITY}, {"nofile", 50, 300}, {"core", 0, 0}};
    ContainerContext context = plain_context();
    context.rlimit_ceiling = {{"RLIMIT_MEMLOCK", 10, 1000}, {"RLIMIT_NOFILE", 100, 200}, {"RLIMIT_CORE", 0, RLIM_INFINITY}};

    const std::vector<oci::SpecRlimit> limits = make_spec(config, context).process.rlimits;

    ASSERT_EQ(limits.size(), 3U);
    EXPECT_EQ(limits[0].soft, 1000U);
    EXPECT_EQ(limits[0].hard, 1000U);
    EXPECT_EQ(limits[1].soft, 50U);
    EXPECT_EQ(limits[1].hard, 200U);
    EXPECT_THAT(list_rlimit_warnings(config, context.rlimit_ceiling),
                testing::ElementsAre("the limit --ulimit memlock=-1 is beyond your hard limit: the container gets memlock=1000",
                                     "the limit --ulimit nofile=50:300 is beyond your hard limit: the container gets nofile=50:200"));
}

TEST(MakeSpec, LetsTheUsersMountsWin)
{
    ContainerContext context = plain_context();
    for (const char* target : {"/dev", "/etc/hosts"}) {
        ResolvedMount mount;
        mount.mount.target = target;
        mount.source = "/host";
        context.mounts.push_back(mount);
    }

    const oci::RuntimeSpec spec = make_spec(plain_config(), context);

    EXPECT_EQ(find_mount(spec, "/etc/hosts")->source, "/host");
    EXPECT_EQ(find_mount(spec, "/dev")->type, "bind");
    EXPECT_EQ(find_mount(spec, "/dev/pts"), nullptr);
    EXPECT_EQ(find_mount(spec, "/dev/shm"), nullptr);
}

TEST(MakeSpec, KeepsSetuidAndDevicesOutOfBindsUnlessAsked)
{
    ContainerContext context = plain_context();
    ResolvedMount mount;
    mount.mount.target = "/a";
    mount.source = "/host";
    context.mounts = {mount};
    EXPECT_THAT(find_mount(make_spec(plain_config(), context), "/a")->options, Contains("nosuid"));

    context.mounts[0].mount.options = {"suid", "dev"};
    EXPECT_THAT(find_mount(make_spec(plain_config(), context), "/a")->options, Not(Contains("nosuid")));

    context.mounts[0].mount.options = {};
    context.mounts[0].source = "/dev/fuse";
    EXPECT_THAT(find_mount(make_spec(plain_config(), context), "/a")->options, Not(Contains("nodev")));
}

TEST(MakeSpec, GivesATmpfsToTheUserAndATerminalWhatWasAskedFor)
{
    ContainerContext context = plain_context();
    context.user.uid = 7;
    context.user.gid = 8;
    ResolvedMount tmpfs;
    tmpfs.mount.type = MountType::Tmpfs;
    tmpfs.mount.target = "/t";
    tmpfs.mount.change_owner = true;
    ResolvedMount terminals;
    terminals.mount.type = MountType::Devpts;
    terminals.mount.target = "/p";
    terminals.mount.options = {"mode=0600", "max=5"};
    context.mounts = {tmpfs, terminals};

    const oci::RuntimeSpec spec = make_spec(plain_config(), context);

    EXPECT_THAT(find_mount(spec, "/t")->options, AllOf(Contains("uid=7"), Contains("gid=8")));
    EXPECT_THAT(find_mount(spec, "/p")->options,
                AllOf(Contains("mode=0600"), Contains("max=5"), Contains("ptmxmode=0666"), Not(Contains("mode=0620"))));
}

TEST(MakeSpec, LetsPrivateVariablesWin)
{
    ContainerContext context = plain_context();
    context.private_variables = {"A=secret", "PATH=/secret"};

    const oci::RuntimeSpec spec = make_spec(plain_config(), context);

    EXPECT_THAT(spec.process.env, AllOf(Contains("A=secret"), Not(Contains("A=b")), Contains("PATH=/secret")));
    ExecRequest request;
    request.command = {"id"};
    EXPECT_THAT(make_exec_process(spec, plain_config(), request).env, Contains("A=secret"));
}

TEST(MakeSpec, MakesTheNamespacesThatAreTheContainersOwn)
{
    ContainerConfig config = plain_config();
    config.network.mode.mode = NamespaceMode::None;
    config.ipc.mode = NamespaceMode::None;
    config.uts.mode = NamespaceMode::Host;

    const oci::RuntimeSpec spec = make_spec(config, plain_context());

    EXPECT_EQ(namespaces(spec), (std::vector<std::string>{"mount", "pid", "network", "ipc", "cgroup"}));
    EXPECT_EQ(find_mount(spec, "/dev/shm"), nullptr);
    EXPECT_EQ(spec.hostname, "");
}

TEST(MakeSpec, GivesSystemdWhatItNeeds)
{
    ContainerConfig config = plain_config();
    config.command = {"/usr/lib/systemd/systemd"};

    const oci::RuntimeSpec spec = make_spec(config, plain_context());

    EXPECT_EQ(find_mount(spec, "/run")->type, "tmpfs");
    EXPECT_THAT(find_mount(spec, "/sys/fs/cgroup")->options, Contains("rw"));
    EXPECT_THAT(spec.process.env, Contains("container_uuid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

TEST(MakeExecProcess, IsAtMostWhatTheContainerIs)
{
    const ContainerConfig config = plain_config();
    const oci::RuntimeSpec spec = make_spec(config, plain_context());
    ExecRequest request;
    request.command = {"id"};
    request.env = {"A=changed", "NEW=1"};
    request.working_dir = "/w";
    request.user = UserIdentity{5, 6, {7}, "five", "/five", ""};

    const oci::SpecProcess process = make_exec_process(spec, config, request);

    EXPECT_EQ(process.args, std::vector<std::string>{"id"});
    EXPECT_THAT(process.env, Contains("A=changed"));
    EXPECT_THAT(process.env, Contains("HOME=/five"));
    EXPECT_EQ(process.cwd, "/w");
    EXPECT_EQ(process.user.additional_gids, std::vector<std::uint32_t>{7});
    EXPECT_TRUE(process.capabilities.effective.empty());
    EXPECT_EQ(process.capabilities.bounding, spec.process.capabilities.bounding);
    request.command.clear();
    EXPECT_THROW(make_exec_process(spec, config, request), Error);
}

TEST(MakeArgv, NeedsACommand)
{
    ContainerConfig config;
    EXPECT_THROW(make_argv(config), Error);
    config.entrypoint = {"a"};
    config.command = {"b"};
    EXPECT_EQ(make_argv(config), (std::vector<std::string>{"a", "b"}));
}

TEST(PasswdEntry, IsAddedForUnknownUsersOnly)
{
    const AccountFiles files{"root:x:0:0:root:/root:/bin/sh", "root:x:0:\n"};
    const UserIdentity user{1000, 100, {}, "", "/", ""};

    EXPECT_EQ(passwd_with_entry(files, user, "alice", "/home/alice", ""),
              "root:x:0:0:root:/root:/bin/sh\nalice:*:1000:100:container user:/home/alice:/bin/sh\n");
    EXPECT_EQ(passwd_with_entry(files, user, "al:i\nce", "/", "$USERNAME:x:$UID:$GID:$NAME:$HOME:/bin/zsh"),
              "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:100:container user:/:/bin/zsh\n");
    EXPECT_EQ(passwd_with_entry(files, UserIdentity{}, "alice", "/", ""), std::nullopt);
    EXPECT_EQ(group_with_entry(files, 100, "users", ""), "root:x:0:\nusers:x:100:\n");
    EXPECT_EQ(group_with_entry(files, 0, "users", ""), std::nullopt);
}

TEST(SpecBuilder, WithPretendedIdsLoadsTheFilterLastAndTellsApt)
{
    ContainerContext context = plain_context();
    context.pretends_ids = true;
    context.apt_config_path = "/run/user/1/files/apt.conf";

    const oci::RuntimeSpec spec = make_spec(plain_config(), context);

    EXPECT_TRUE(spec.process.no_new_privileges);
    EXPECT_THAT(spec.process.env, ::testing::Contains("APT_CONFIG=/run/.apt.conf"));
    EXPECT_TRUE(std::any_of(spec.mounts.begin(), spec.mounts.end(),
                            [](const oci::SpecMount& m) { return m.destination == "/run/.apt.conf"; }));
}

} // namespace
} // namespace skiff::runtime
