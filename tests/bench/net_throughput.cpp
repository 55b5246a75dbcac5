#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/role.hpp"
#include "net/listen_socket.hpp"
#include "net/net_process.hpp"
#include "net/net_role.hpp"
#include "net/tap.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

/// Throughput of a container's network against slirp4netns's, as ratios: 1 or more is what we claim. Needs iperf3 and
/// slirp4netns: net_throughput [seconds per run] [rounds]
///
/// Five processes take turns for every 64 KiB, so whatever else runs decides the result. Where that cannot be helped, give them
/// precedence: chrt -r 1 setpriv --reuid USER --regid GROUP --init-groups net_throughput
namespace {

using namespace skiff;
using namespace skiff::net;

constexpr std::uint16_t inner_port = 5201;
int seconds_per_run = 3;

UniqueFd open_null() { return open_at(AT_FDCWD, "/dev/null", O_RDWR); }

std::pair<UniqueFd, UniqueFd> make_pipe()
{
    int ends[2];
    if (::pipe(ends) != 0)
        throw Error{errno, "making a pipe"};
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

/// A program started after `enter`, with its output in `output_fd`; killed at the end of the scope.
class Program
{
  public:
    Program(std::vector<std::string> argv, const std::function<void()>& enter, int output_fd = -1)
    {
        child_ = ::fork();
        if (child_ != 0)
            return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        enter();
        const UniqueFd null = open_null();
        ::dup2(output_fd >= 0 ? output_fd : null.get(), 1);
        ::dup2(null.get(), 2);
        std::vector<char*> arguments;
        for (std::string& argument : argv)
            arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program()
    {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return child_; }

  private:
    pid_t child_ = 0;
};

/// A process that holds a user and a network namespace, as a container's first process does.
class Box
{
  public:
    explicit Box(const std::optional<TapPlan>& plan)
    {
        auto [ours, theirs] = make_channel_pair();
        const uid_t uid = ::geteuid();
        const gid_t gid = ::getegid();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ours.close();
            if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
                ::_exit(1);
            write_virtual_file(AT_FDCWD, "/proc/self/uid_map", cat("0 ", uid, " 1"));
            write_virtual_file(AT_FDCWD, "/proc/self/setgroups", "deny");
            write_virtual_file(AT_FDCWD, "/proc/self/gid_map", cat("0 ", gid, " 1"));
            UniqueFd tap = plan ? make_network(*plan) : UniqueFd{};
            theirs.send("up", tap ? std::vector<int>{tap.get()} : std::vector<int>{});
            tap.reset();
            (void)theirs.receive();
            ::_exit(0);
        }
        theirs.close();
        channel_ = std::move(ours);
        auto message = channel_.receive();
        if (!message)
            throw Error{ErrorKind::Failure, "this machine allows no user and network namespaces"};
        if (!message->fds.empty())
            tap_ = std::move(message->fds.front());
    }
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;
    ~Box()
    {
        channel_.close();
        ::waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }
    UniqueFd& tap() { return tap_; }
    void enter() const
    {
        for (const char* name : {"user", "net"}) {
            const UniqueFd fd = open_at(AT_FDCWD, cat("/proc/", pid_, "/ns/", name), O_RDONLY);
            if (::setns(fd.get(), 0) != 0)
                ::_exit(126);
        }
    }

  private:
    pid_t pid_ = 0;
    Channel channel_;
    UniqueFd tap_;
};

NetRequest request_for(std::uint16_t published)
{
    NetRequest request;
    request.allow_host_loopback = true;
    request.ports.push_back({"127.0.0.1", published, inner_port, 1, "tcp"});
    return request;
}

/// slirp4netns with the confinement and the port that ours has.
std::unique_ptr<Program> start_slirp4netns(pid_t target, std::uint16_t published)
{
    const std::string path = cat("/tmp/net-bench-", ::getpid(), ".sock");
    ::unlink(path.c_str());
    auto [ready, ready_end] = make_pipe();
    auto program = std::make_unique<Program>(
        std::vector<std::string>{"slirp4netns", "--configure", "--mtu=65520", "--enable-sandbox", "--enable-seccomp",
                                 cat("--ready-fd=", ready_end.get()), cat("--api-socket=", path), cat(target), "tap0"},
        [] {});
    ready_end.reset();
    char byte = 0;
    if (::read(ready.get(), &byte, 1) != 1)
        throw Error{ErrorKind::Failure, "slirp4netns does not start"};
    const UniqueFd api{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(api.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw Error{errno, "connecting to slirp4netns"};
    write_all(api.get(),
              cat(R"({"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"127.0.0.1","host_port":)", published,
                  R"(,"guest_port":)", inner_port, "}}"),
              "api");
    ::shutdown(api.get(), SHUT_WR);
    const std::string answer = read_all(api.get(), 4096, "api");
    if (answer.find("error") != std::string::npos)
        throw Error{ErrorKind::Failure, cat("slirp4netns: ", answer)};
    ::unlink(path.c_str());
    return program;
}

double cpu_seconds(pid_t pid)
{
    const std::string stat = read_file(AT_FDCWD, cat("/proc/", pid, "/stat"));
    unsigned long user = 0;
    unsigned long system = 0;
    std::sscanf(stat.c_str() + stat.rfind(')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

long pss_kib(pid_t pid)
{
    const std::string rollup = read_file(AT_FDCWD, cat("/proc/", pid, "/smaps_rollup"));
    const auto at = rollup.find("\nPss:");
    return at == std::string::npos ? -1 : std::strtol(rollup.c_str() + at + 5, nullptr, 10);
}

struct Speed
{
    double gigabits = 0;
    double cpu_seconds_per_gigabyte = 0; ///< of the net process
};

nlohmann::json run_iperf(std::vector<std::string> arguments, const std::function<void()>& enter)
{
    arguments.insert(arguments.begin(), {"iperf3", "-J", "-t", cat(seconds_per_run), "-c"});
    // No event tells that an iperf3 server listens, or is done with the last client.
    for (int attempt = 0;; ++attempt) {
        auto [output, output_end] = make_pipe();
        const Program client{arguments, enter, output_end.get()};
        output_end.reset();
        auto report = nlohmann::json::parse(read_all(output.get(), 1U << 24U, "iperf3"));
        if (!report.contains("error"))
            return report;
        if (attempt == 50)
            throw Error{ErrorKind::Failure, cat("iperf3 to ", arguments[5], ": ", report["error"].get<std::string>())};
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
}

Speed measure(pid_t network, const std::vector<std::string>& arguments, const std::function<void()>& enter)
{
    const double before = cpu_seconds(network);
    const auto report = run_iperf(arguments, enter);
    const auto& received = report.at("end").at("sum_received");
    const double gigabytes = received.at("bytes").get<double>() / 1e9;
    return {received.at("bits_per_second").get<double>() / 1e9, (cpu_seconds(network) - before) / gigabytes};
}

constexpr const char* ways[] = {"container sends", "container receives", "published port, to container",
                                "published port, from container"};

std::vector<Speed> measure_all(pid_t network, const Box& box, std::uint16_t outside, std::uint16_t published)
{
    const auto inside = [&] { box.enter(); };
    const auto here = [] {};
    std::vector<Speed> speeds;
    {
        const Program server{{"iperf3", "-s", "-p", cat(outside)}, here};
        speeds.push_back(measure(network, {"10.0.2.2", "-p", cat(outside)}, inside));
        speeds.push_back(measure(network, {"10.0.2.2", "-p", cat(outside), "-R"}, inside));
    }
    const Program server{{"iperf3", "-s", "-p", cat(inner_port)}, inside};
    speeds.push_back(measure(network, {"127.0.0.1", "-p", cat(published)}, here));
    speeds.push_back(measure(network, {"127.0.0.1", "-p", cat(published), "-R"}, here));
    return speeds;
}

std::uint16_t free_port()
{
    const UniqueFd fd = open_host_socket("tcp", make_endpoint("127.0.0.1", 0));
    return bound_port(fd.get());
}

double median(const std::vector<std::vector<Speed>>& rounds, std::size_t way, double Speed::*member)
{
    std::vector<double> values;
    for (const auto& round : rounds)
        values.push_back(round[way].*member);
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void run(int rounds)
{
    std::vector<std::vector<Speed>> ours;
    std::vector<std::vector<Speed>> theirs;
    long our_pss = 0;
    long their_pss = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::uint16_t outside = free_port();
        {
            const std::uint16_t published = free_port();
            const NetRequest request = request_for(published);
            Box box{request.tap_plan()};
            NetworkProcess network = NetworkProcess::start(request, "bench");
            network.attach_tap(box.tap().get());
            box.tap().reset();
            (void)network.wait_ready();
            // It answers first and gives its memory back then.
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
            our_pss = pss_kib(network.process().pid());
            ours.push_back(measure_all(network.process().pid(), box, outside, published));
        }
        const std::uint16_t published = free_port();
        const Box box{std::nullopt};
        const auto network = start_slirp4netns(box.pid(), published);
        their_pss = pss_kib(network->pid());
        theirs.push_back(measure_all(network->pid(), box, outside, published));
    }
    std::printf("%-32s %7s %9s %9s %11s %9s\n", "", "ratio", "Gbit/s", "theirs", "cpu s/GB", "theirs");
    for (std::size_t way = 0; way < std::size(ways); ++way) {
        const double us = median(ours, way, &Speed::gigabits);
        const double them = median(theirs, way, &Speed::gigabits);
        std::printf("%-32s %7.2f %9.2f %9.2f %11.3f %9.3f\n", ways[way], us / them, us, them,
                    median(ours, way, &Speed::cpu_seconds_per_gigabyte), median(theirs, way, &Speed::cpu_seconds_per_gigabyte));
    }
    std::printf("memory of the idle process (PSS): %ld KiB, theirs %ld KiB\n", our_pss, their_pss);
}

} // namespace

int main(int argc, char** argv)
{
    if (const auto role = skiff::find_role(argc, argv))
        return skiff::net::run_net_role(role->json);
    try {
        if (argc > 1)
            seconds_per_run = std::atoi(argv[1]);
        run(argc > 2 ? std::atoi(argv[2]) : 3);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "Error: %s\n", error.what());
        return 1;
    }
}
