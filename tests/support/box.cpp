#include "tests/support/box.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fstream>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::testing {
namespace {

std::string setting(const char* name, const char* fallback)
{
    const char* value = std::getenv(name);
    return value == nullptr ? fallback : value;
}

} // namespace

Box::Box() : driver_{setting("SKIFF_TEST_DRIVER", "")}
{
    std::string pattern = setting("TMPDIR", "/tmp") + "/skiff-box-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("making a box: " + std::string{std::strerror(errno)});
    path_ = pattern;
    for (const char* name : {"home", "data", "run", "config", "tmp"})
        make_directory(name, 0700);
    environment_ = {"HOME=" + path_ + "/home", "XDG_DATA_HOME=" + path_ + "/data", "XDG_RUNTIME_DIR=" + path_ + "/run",
                    "XDG_CONFIG_HOME=" + path_ + "/config", "TMPDIR=" + path_ + "/tmp",
                    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8"};
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "SKIFF_NO_OPENAT2", "SKIFF_NO_MOUNT_API", "SKIFF_SINGLE_ID"})
        if (const char* value = std::getenv(name))
            environment_.push_back(std::string{name} + "=" + value);
    become_subreaper();
}

Box::~Box() = default;

void Box::SetUp()
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "skiff is for ordinary users; tests/run.sh becomes one";
}

void Box::TearDown()
{
    if (::geteuid() != 0) {
        EXPECT_THAT(skiff("rm", "--all", "--force", "--time", "0"), Succeeds());
        std::vector<pid_t> left;
        EXPECT_TRUE(eventually([&] { return (left = find_orphans()).empty(); }, std::chrono::seconds{10}))
            << "processes left behind:\n" << describe_processes(left);
        for (const pid_t pid : left) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        const std::string mounts = read_file("/proc/self/mountinfo");
        EXPECT_EQ(mounts.find(path_), std::string::npos) << "a mount was left behind:\n" << mounts;
        for (const char* place : {"/data/skiff/containers", "/data/skiff/names/containers", "/run/skiff/containers", "/tmp"})
            EXPECT_THAT(list_directory(path_ + place), ::testing::IsEmpty()) << "in " << place;
        // Files of subordinate ids can only be removed from inside; that reset works is part of every test.
        EXPECT_THAT(skiff("system", "reset", "--force"), Succeeds());
    }
    EXPECT_THAT(run({"/bin/rm", "-rf", path_}), Succeeds()) << "files were left that this user cannot remove";
}

Running::Start Box::prepare(const std::vector<std::string>& argv, const RunOptions& options) const
{
    Running::Start start{argv, environment_, options.directory, options.in_child, false, options.patience};
    if (argv[0] == program() && !driver_.empty())
        start.argv.insert(start.argv.begin() + 1, {"--storage-driver", driver_});
    for (const std::string& entry : options.environment) {
        const std::string name = entry.substr(0, entry.find('='));
        std::erase_if(start.environment, [&](const std::string& variable) { return variable.starts_with(name + "="); });
        if (entry.find('=') != std::string::npos)
            start.environment.push_back(entry);
    }
    return start;
}

Result Box::run(const std::vector<std::string>& argv, const RunOptions& options)
{
    find_orphans();
    return Running{prepare(argv, options)}.finish(options.input);
}

std::string Box::program() { return setting("SKIFF_PROGRAM", "skiff"); }

std::string Box::probe_image()
{
    if (!has_probe_) {
        EXPECT_THAT(skiff("load", "-q", "-i", setting("SKIFF_PROBE_IMAGE", "probe.tar")), Succeeds());
    }
    has_probe_ = true;
    return "localhost/probe";
}

std::string Box::make_image(const std::string& name, const std::string& config, const std::vector<std::string>& entries)
{
    const std::string archive = path_ + "/image.tar";
    std::vector<std::string> words{"/usr/bin/env", "python3", setting("SKIFF_PACK_IMAGE", "pack_image.py"), archive,
                                   "localhost/" + name + ":latest", config, setting("SKIFF_PROBE", "probe") + ":bin/probe"};
    words.insert(words.end(), entries.begin(), entries.end());
    EXPECT_THAT(run(words), Succeeds());
    EXPECT_THAT(skiff("load", "-q", "-i", archive), Succeeds());
    ::unlink(archive.c_str());
    return "localhost/" + name;
}

std::string Box::inspect(const std::string& container, const std::string& format)
{
    const Result result = skiff("inspect", "--format", format, container);
    EXPECT_THAT(result, Succeeds());
    return result.line();
}

bool Box::is_running(const std::string& container)
{
    return skiff("inspect", "--format", "{{.State.Running}}", container).line() == "true";
}

std::string Box::write_file(const std::string& name, const std::string& content, int mode)
{
    const std::string file = path_ + "/" + name;
    std::ofstream{file, std::ios::binary} << content;
    ::chmod(file.c_str(), static_cast<mode_t>(mode));
    return file;
}

std::string Box::make_directory(const std::string& name, int mode)
{
    const std::string directory = path_ + "/" + name;
    if (::mkdir(directory.c_str(), 0700) != 0 || ::chmod(directory.c_str(), static_cast<mode_t>(mode)) != 0)
        throw std::runtime_error("making " + directory + ": " + std::strerror(errno));
    return directory;
}

std::string Box::read_file(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Box::list_directory(const std::string& path)
{
    std::vector<std::string> names;
    DIR* dir = ::opendir(path.c_str());
    if (dir == nullptr)
        return names;
    while (const dirent* entry = ::readdir(dir))
        if (const std::string name = entry->d_name; name != "." && name != "..")
            names.push_back(name);
    ::closedir(dir);
    std::sort(names.begin(), names.end());
    return names;
}

bool Box::has_subordinate_ids()
{
    const passwd* user = ::getpwuid(::geteuid());
    const std::string name = user == nullptr ? "?" : user->pw_name;
    std::ifstream ranges{"/etc/subuid"};
    for (std::string line; std::getline(ranges, line);)
        if (line.starts_with(name + ":") || line.starts_with(std::to_string(::geteuid()) + ":"))
            return std::getenv("SKIFF_SINGLE_ID") == nullptr && ::access("/usr/bin/newuidmap", X_OK) == 0;
    return false;
}

} // namespace skiff::testing
