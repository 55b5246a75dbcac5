#include "tests/support/box.hpp"

#include <array>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace skiff::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::string setting(const char* name, const char* fallback)
{
    const char* value = std::getenv(name);
    return value == nullptr ? fallback : value;
}

void make_directory(const std::string& path)
{
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        throw std::runtime_error("making " + path + ": " + std::strerror(errno));
}

std::vector<std::string> list(const std::string& path)
{
    std::vector<std::string> names;
    DIR* dir = ::opendir(path.c_str());
    if (dir == nullptr)
        return names;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..")
            names.push_back(name);
    }
    ::closedir(dir);
    return names;
}

/// Processes of ours that mention the box: in their environment, or in their mounts.
std::string find_processes_of(const std::string& box)
{
    std::string found;
    for (const std::string& pid : list("/proc")) {
        if (pid.find_first_not_of("0123456789") != std::string::npos || pid == std::to_string(::getpid()))
            continue;
        std::ifstream environment("/proc/" + pid + "/environ");
        const std::string text{std::istreambuf_iterator<char>(environment), {}};
        if (text.find(box) == std::string::npos)
            continue;
        std::ifstream command("/proc/" + pid + "/cmdline");
        std::string words{std::istreambuf_iterator<char>(command), {}};
        if (words.empty())
            continue; // a zombie on its way
        for (char& c : words)
            c = c == '\0' ? ' ' : c;
        found += pid + " " + words + "\n";
    }
    return found;
}

std::string read_all(int fd)
{
    std::string text;
    std::array<char, 65536> buffer{};
    ssize_t got = 0;
    while ((got = ::read(fd, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR))
        text.append(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

} // namespace

void PrintTo(const Result& result, std::ostream* stream)
{
    *stream << "exit code " << result.code << "\nstandard output:\n" << result.out << "\nstandard error:\n" << result.err;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit)
{
    const auto deadline = Clock::now() + limit;
    while (!condition()) {
        if (Clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{20}); // the other side is a process of another program
    }
    return true;
}

Running::Running(pid_t pid, int in, int out, int err) : pid_{pid}, in_{in}, out_{out}, err_{err} {}

Running::Running(Running&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, in_{std::exchange(other.in_, -1)}, out_{std::exchange(other.out_, -1)},
      err_{std::exchange(other.err_, -1)}, out_text_{std::move(other.out_text_)}
{
}

Running::~Running()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (const int fd : {in_, out_, err_})
        if (fd >= 0)
            ::close(fd);
}

void Running::write(const std::string& text) const
{
    if (::write(in_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        ADD_FAILURE() << "writing to a program: " << std::strerror(errno);
}

void Running::close_input()
{
    ::close(std::exchange(in_, -1));
}

void Running::signal(int number) const { ::kill(pid_, number); }

std::string Running::read_until(const std::string& text)
{
    const auto deadline = Clock::now() + std::chrono::seconds{20};
    std::array<char, 4096> buffer{};
    while (out_text_.find(text) == std::string::npos) {
        pollfd watched{out_, POLLIN, 0};
        if (Clock::now() > deadline || ::poll(&watched, 1, 1000) < 0) {
            ADD_FAILURE() << "waited for \"" << text << "\" and saw \"" << out_text_ << "\"";
            break;
        }
        if (watched.revents == 0)
            continue;
        const ssize_t got = ::read(out_, buffer.data(), buffer.size());
        if (got <= 0) {
            ADD_FAILURE() << "the program ended before \"" << text << "\"; it printed \"" << out_text_ << "\"";
            break;
        }
        out_text_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return out_text_;
}

Result Running::finish()
{
    if (in_ >= 0)
        close_input();
    Result result;
    std::thread errors{[&] { result.err = read_all(err_); }};
    result.out = out_text_ + read_all(out_);
    errors.join();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    result.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result;
}

Box::Box() : driver_{setting("SKIFF_TEST_DRIVER", "")}
{
    std::string pattern = setting("TMPDIR", "/tmp") + "/skiff-box-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("making a box: " + std::string{std::strerror(errno)});
    path_ = pattern;
    for (const char* name : {"/home", "/data", "/run", "/config", "/tmp"})
        make_directory(path_ + name);
    environment_ = {"HOME=" + path_ + "/home", "XDG_DATA_HOME=" + path_ + "/data", "XDG_RUNTIME_DIR=" + path_ + "/run",
                    "XDG_CONFIG_HOME=" + path_ + "/config", "TMPDIR=" + path_ + "/tmp", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                    "LANG=C.UTF-8"};
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "SKIFF_NO_OPENAT2", "SKIFF_NO_MOUNT_API", "SKIFF_SINGLE_ID"})
        if (const char* value = std::getenv(name))
            environment_.push_back(std::string{name} + "=" + value);
}

Box::~Box() = default;

void Box::TearDown()
{
    EXPECT_THAT(skiff("rm", "--all", "--force", "--time", "0"), Succeeds());
    std::string left;
    EXPECT_TRUE(eventually([&] { return (left = find_processes_of(path_)).empty(); })) << "processes left behind:\n" << left;
    std::ifstream mounts("/proc/self/mountinfo");
    const std::string table{std::istreambuf_iterator<char>(mounts), {}};
    EXPECT_EQ(table.find(path_), std::string::npos) << "a mount was left behind:\n" << table;
    EXPECT_THAT(list(path_ + "/data/skiff/containers"), ::testing::IsEmpty());
    EXPECT_THAT(list(path_ + "/run/skiff/containers"), ::testing::IsEmpty());
    // Files of subordinate ids can only be removed from inside; that reset works is part of every test.
    EXPECT_THAT(skiff("system", "reset", "--force"), Succeeds());
    const Result removal = run({"/bin/rm", "-rf", path_});
    EXPECT_THAT(removal, Succeeds()) << "files were left that this user cannot remove";
}

Result Box::run(const std::vector<std::string>& argv, const RunOptions& options)
{
    Running running = start(argv, options);
    std::thread feeder{[&] {
        if (!options.input.empty())
            running.write(options.input);
    }};
    feeder.join();
    return running.finish();
}

Running Box::start(const std::vector<std::string>& argv, const RunOptions& options)
{
    std::vector<std::string> words = argv;
    if (words[0] == program() && !driver_.empty())
        words.insert(words.begin() + 1, {"--storage-driver", driver_});
    std::vector<std::string> variables = environment_;
    for (const std::string& entry : options.environment) {
        const std::string name = entry.substr(0, entry.find('='));
        std::erase_if(variables, [&](const std::string& v) { return v.starts_with(name + "="); });
        if (entry.find('=') != std::string::npos)
            variables.push_back(entry);
    }
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("making pipes");
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (std::string& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0)
            ::_exit(99);
        ::execve(arguments[0], arguments.data(), environment.data());
        ::_exit(98);
    }
    for (const int fd : {in[0], out[1], err[1]})
        ::close(fd);
    return {pid, in[1], out[0], err[0]};
}

std::string Box::program() { return setting("SKIFF_PROGRAM", "skiff"); }

std::string Box::probe_image()
{
    if (!has_probe_)
        EXPECT_THAT(skiff("load", "-q", "-i", setting("SKIFF_PROBE_IMAGE", "probe.tar")), Succeeds());
    has_probe_ = true;
    return "localhost/probe";
}

std::string Box::busybox_image()
{
    const std::string archive = setting("SKIFF_BUSYBOX_IMAGE", "");
    if (!has_busybox_ && ::access(archive.c_str(), R_OK) == 0)
        EXPECT_THAT(skiff("load", "-q", "-i", archive), Succeeds());
    has_busybox_ = true;
    return "localhost/busybox";
}

std::string Box::write_file(const std::string& name, const std::string& content, int mode)
{
    const std::string file = path_ + "/" + name;
    std::ofstream{file, std::ios::binary} << content;
    ::chmod(file.c_str(), static_cast<mode_t>(mode));
    return file;
}

std::string Box::read_file(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}

std::uint16_t free_port()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

std::string http_get(std::uint16_t port, const std::string& path)
{
    std::string body;
    eventually([&] {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        std::string answer;
        if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
            const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
            if (::write(fd, request.data(), request.size()) > 0)
                answer = read_all(fd);
        }
        ::close(fd);
        const std::size_t end = answer.find("\r\n\r\n");
        if (end == std::string::npos)
            return false;
        body = answer.substr(end + 4);
        return true;
    });
    return body;
}

} // namespace skiff::testing
