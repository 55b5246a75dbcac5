// From a command line to what the engine is asked for.

#include "cli/commands/run.hpp"
#include "support.hpp"

#include "base/file.hpp"
#include "model/asked_limits.hpp"

#include <cstdlib>
#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

CreateRequest run(const std::string& line) { return read<RunArgs>(cat("run ", line), finish_run).create.request; }
CreateRequest create(const std::string& line) { return read<CreateArgs>(cat("create ", line), finish_create).request; }

TEST(CreateRequest, HoldsOnlyWhatWasAskedFor)
{
    const CreateRequest request = run("image");

    EXPECT_EQ(request.image, "image");
    EXPECT_THAT(request.command, IsEmpty());
    EXPECT_FALSE(request.entrypoint || request.user || request.working_dir || request.hostname || request.stop_signal);
    EXPECT_FALSE(request.userns.choice || request.network.mode || request.restart.when || request.health.test);
    EXPECT_TRUE(list_asked_limits(request.limits).empty());
}

TEST(CreateRequest, IsTheSameForRunAndCreate)
{
    const std::string line = "--name web -p 8080:80 -v data:/data:ro --cpus 1.5 -m 1g --cap-drop all -l a=b "
                             "--health-cmd true --restart on-failure:2 --restart-delay 3s --restart-window 1m image cmd arg";
    for (const CreateRequest& request : {run(line), create(line)}) {
        EXPECT_EQ(request.name, "web");
        ASSERT_EQ(request.network.publish.size(), 1U);
        EXPECT_EQ(request.network.publish[0].host_port, 8080);
        ASSERT_EQ(request.mounts.size(), 1U);
        EXPECT_EQ(request.mounts[0].config.source, "data");
        EXPECT_EQ(request.limits.cpu_quota_us, 150'000);
        EXPECT_EQ(request.limits.cpu_period_us, 100'000U);
        EXPECT_EQ(request.limits.memory_bytes, std::int64_t{1} << 30);
        EXPECT_THAT(request.security.cap_drop, ElementsAre("ALL"));
        EXPECT_THAT(request.labels, ElementsAre(Pair("a", "b")));
        EXPECT_THAT(*request.health.test, ElementsAre("CMD-SHELL", "true"));
        EXPECT_EQ(request.restart.when, RestartWhen::OnFailure);
        EXPECT_EQ(request.restart.max_retries, 2U);
        EXPECT_EQ(request.restart.delay, std::chrono::seconds{3});
        EXPECT_EQ(request.restart.window, std::chrono::minutes{1});
        EXPECT_THAT(request.command, ElementsAre("cmd", "arg"));
    }
}

TEST(CreateRequest, TakesVariablesFromFilesFirstAndFromTheCaller)
{
    const TempDir dir{"/tmp", "cli-test-"};
    save_atomically(open_at(AT_FDCWD, dir.path(), O_DIRECTORY | O_RDONLY).get(), "env", "A=file\n# no\nSKIFF_TEST_A\n",
                    Durability::None);
    ::setenv("SKIFF_TEST_A", "1", 1);
    ::setenv("SKIFF_TEST_B", "2", 1);

    const CreateRequest request =
        run(cat("-e A=line -e SKIFF_TEST_B -e SKIFF_TEST_NONE --env-file ", dir.path(), "/env image"));

    EXPECT_THAT(request.environment.set, ElementsAre(Pair("A", "file"), Pair("SKIFF_TEST_A", "1"), Pair("A", "line"),
                                                     Pair("SKIFF_TEST_B", "2")));
    EXPECT_EQ(run("-e SKIFF_TEST_* image").environment.set.size(), 2U);
    EXPECT_EQ(error_of([] { run("-e =x image"); }), "invalid environment variable: \"=x\"");
}

TEST(CreateRequest, TakesTheUserNamespaceFromTheEnvironment)
{
    ::setenv("PODMAN_USERNS", "keep-id", 1);
    const CreateRequest by_default = run("image");
    const CreateRequest asked = run("--userns host image");
    ::unsetenv("PODMAN_USERNS");

    EXPECT_EQ(by_default.userns.choice->mode, UsernsChoice::Mode::KeepId);
    EXPECT_EQ(asked.userns.choice->mode, UsernsChoice::Mode::Host);
}

TEST(CreateRequest, TakesARootDirectory)
{
    const CreateRequest request = run("--rootfs /srv/root:O ls");

    EXPECT_EQ(request.image, "/srv/root");
    EXPECT_TRUE(request.rootfs && request.rootfs_overlay);
}

TEST(CreateRequest, CountsTheSameMountOnce) { EXPECT_EQ(run("-v /a:/b -v /a:/b -v /a:/c image").mounts.size(), 2U); }

TEST(CreateRequest, RefusesWhatDoesNotGoTogether)
{
    struct Case
    {
        const char* line;
        const char* error;
    };
    const Case cases[] = {
        {"--cpus 1 --cpu-period 5000 image", "--cpu-period and --cpus cannot be set together"},
        {"--rm --restart always image",
         "the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\""},
        {"--platform linux/arm64 --arch arm64 image", "--platform option can not be specified with --arch or --os"},
        {"--userns host --uidmap 0:1 image",
         "--userns and --uidmap/--gidmap/--subuidname/--subgidname are mutually exclusive"},
        {"--dns 1.1.1.1 --network none image", "conflicting options: dns and the network mode: none"},
        {"--no-hosts --add-host a:1.1.1.1 image", "--no-hosts and --add-host cannot be set together"},
        {"--replace image", "cannot replace container without --name being set"},
        {"--no-healthcheck --health-cmd x image", "cannot specify both --no-healthcheck and --health-cmd"},
        {"--group-add keep-groups --group-add wheel image",
         "the '--group-add keep-groups' option is not allowed with any other --group-add options"},
        {"--attach foo image",
         "invalid stream \"foo\" for --attach - must be one of stdin, stdout, or stderr: invalid argument"},
        {"--rmi --rm=false image", "the --rmi option does not work without --rm"},
        {"--cpus x image", "invalid argument \"x\" for \"--cpus\" flag: strconv.ParseFloat: parsing \"x\": invalid "
                           "syntax\nSee 'skiff run --help'"},
        {"-c x image", "invalid argument \"x\" for \"-c, --cpu-shares\" flag: strconv.ParseUint: parsing \"x\": "
                       "invalid syntax\nSee 'skiff run --help'"},
        {"--sdnotify x image", "invalid argument \"x\" for \"--sdnotify\" flag: \"x\" is not a valid value.  Choose "
                               "from: \"container, conmon, "
                               "healthy, ignore\"\nSee 'skiff run --help'"},
        {"-m 1x image", "invalid value for memory: invalid size: '1x'"},
        {"--health-retries 0 image", "healthcheck-retries must be greater than 0"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.line);
        EXPECT_EQ(error_of([&] { run(c.line); }), c.error);
    }
}

TEST(CreateRequest, RefusesNumbersThatNoKernelTakes)
{
    struct Case
    {
        const char* option;
        const char* value;
        const char* error; ///< behind the colon of `invalid argument "x" for "--option" flag: `
    };
    const Case cases[] = {
        {"--cpus", "-1", "the number of CPUs cannot be negative"},
        {"--cpus", "99999999999", "strconv.ParseFloat: parsing \"99999999999\": value out of range"},
        {"--cpus", "0.001", "a hundredth of a CPU (0.01) is the least"},
        {"--cpu-period", "-1", "strconv.ParseUint: parsing \"-1\": invalid syntax"},
        {"--cpu-period", "10",
         "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"},
        {"--cpu-quota", "10", "CPU cfs quota can not be less than 1ms (i.e. 1000)"},
        {"--cpuset-cpus", "-1", "strconv.ParseUint: parsing \"\": invalid syntax"},
        {"--cpuset-cpus", "3-1", "the range 3-1 ends before it begins"},
        {"--cpuset-mems", "x", "strconv.ParseUint: parsing \"x\": invalid syntax"},
        {"--pids-limit", "x", "strconv.ParseInt: parsing \"x\": invalid syntax"},
        {"--pids-limit", "99999999999", "strconv.ParseInt: parsing \"99999999999\": value out of range"},
        {"--health-retries", "x", "strconv.ParseUint: parsing \"x\": invalid syntax"},
        {"--restart-delay", "-1s", "it must be 0 seconds or greater"},
        {"--restart-window", "soon", "time: invalid duration \"soon\""},
        {"--health-startup-retries", "-1", "strconv.ParseUint: parsing \"-1\": invalid syntax"},
        {"--health-startup-success", "70000", "strconv.ParseUint: parsing \"70000\": value out of range"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.option);
        EXPECT_EQ(error_of([&] { run(cat(c.option, "=", c.value, " image")); }),
                  cat("invalid argument \"", c.value, "\" for \"", c.option, "\" flag: ", c.error,
                      "\nSee 'skiff run --help'"));
    }
}

TEST(CreateRequest, TakesEmptyValuesOfScriptsForNothing)
{
    const CreateRequest request = run("--memory= --memory-swap= --memory-reservation= --shm-size= --umask= "
                                      "--stop-signal= --env-file= --cpuset-cpus= --blkio-weight= image");

    EXPECT_TRUE(list_asked_limits(request.limits).empty());
    EXPECT_FALSE(request.shm_size_bytes || request.umask || request.stop_signal);
}

TEST(CreateRequest, TellsDevicesByPathAndByName)
{
    const CreateRequest request = run("--device /dev/fuse --device amd.com/gpu=0 --gpus all --gpus device=1,2 image");

    ASSERT_EQ(request.devices.size(), 1U);
    EXPECT_EQ(request.devices[0].host_path, "/dev/fuse");
    EXPECT_THAT(request.cdi_devices, ElementsAre("amd.com/gpu=0", "nvidia.com/gpu=all", "nvidia.com/gpu=1", "nvidia.com/gpu=2"));
}

TEST(CreateRequest, LimitsBlockDevices)
{
    const ResourceLimits limits = run("--blkio-weight 500 --blkio-weight-device /dev/sda:10 --device-read-bps /dev/sda:1mb "
                                      "--device-write-iops /dev/sda:7 image").limits;

    EXPECT_FALSE(list_asked_limits(limits).empty());
    EXPECT_EQ(limits.io_weight, 500);
    EXPECT_THAT(limits.io_device_weights, ElementsAre(DeviceLimit{"/dev/sda", 10}));
    EXPECT_THAT(limits.io_read_bps, ElementsAre(DeviceLimit{"/dev/sda", 1U << 20U}));
    EXPECT_THAT(limits.io_write_iops, ElementsAre(DeviceLimit{"/dev/sda", 7}));
    EXPECT_EQ(error_of([] { run("--blkio-weight 5 image"); }), "range of blkio weight is from 10 to 1000");
    EXPECT_EQ(error_of([] { run("--blkio-weight-device /dev/sda:5 image"); }), "invalid weight for device: /dev/sda:5");
    EXPECT_EQ(error_of([] { run("--device-read-bps sda:5 image"); }), "bad format for device path: sda:5");
    EXPECT_EQ(error_of([] { run("--device-read-bps /dev/sda:-1 image"); }),
              "invalid rate for device: /dev/sda:-1. The correct format is <device-path>:<number>[<unit>]. Number must be "
              "a positive integer. Unit is optional and can be kb, mb, or gb");
}

} // namespace
} // namespace skiff::cli
