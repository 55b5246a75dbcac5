#include "net/network_member.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/lock.hpp"
#include "base/log.hpp"
#include "base/role.hpp"

#include <cstdlib>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::net {
namespace {

constexpr int attempts = 5;        ///< a process that ends just now is not the one to join
constexpr int patience_ms = 10000; ///< loading libslirp and making a bridge takes milliseconds

/// By way of a child that ends at once, so that nobody here has to bury it.
pid_t spawn_orphan(const RoleRequest& role)
{
    auto [ours, theirs] = make_channel_pair();
    const pid_t child = ::fork();
    if (child < 0)
        throw Error{errno, "starting a process"};
    if (child == 0) {
        try {
            const ChildProcess process = spawn_role(role);
            theirs.send(std::to_string(process.pid()));
        } catch (const Error& error) {
            theirs.send(cat("!", error.message()));
        }
        ::_exit(EXIT_SUCCESS);
    }
    theirs.close();
    const auto answer = ours.receive();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (!answer || answer->data.starts_with("!"))
        throw Error{ErrorKind::Failure, cat("starting the network's process: ", answer ? answer->data.substr(1) : "it ended at once")};
    return static_cast<pid_t>(std::stol(answer->data));
}

struct Found
{
    Channel channel;
    std::optional<pid_t> started;
};

Found find_or_start(const std::string& directory, const Network& network, int program_fd)
{
    const UniqueFd dir = open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    const FileLock lock = FileLock::acquire(dir.get(), "lock", FileLock::Mode::Exclusive);
    if (auto channel = find_channel(dir.get(), network_socket))
        return {std::move(*channel), {}};
    const UniqueFd listener = listen_at(dir.get(), network_socket);
    RoleRequest role;
    role.role = "network";
    role.title = network.name;
    role.json = serialize(make_hub_request(network));
    role.fds = {listener.get()};
    role.program_fd = program_fd;
    const pid_t pid = spawn_orphan(role);
    auto channel = find_channel(dir.get(), network_socket); // waits in the queue of the socket that the process has now, too
    if (!channel)
        throw Error{ErrorKind::Failure, cat("the process of network ", network.name, " ended at once")};
    return {std::move(*channel), pid};
}

/// Nothing when the process has ended, or does not answer.
std::optional<Message> receive_in_time(const Channel& channel)
{
    pollfd readable{channel.fd(), POLLIN, 0};
    if (::poll(&readable, 1, patience_ms) <= 0)
        throw Error{ErrorKind::Failure, "the network's process does not answer"};
    return channel.receive();
}

} // namespace

std::optional<pid_t> ensure_network_process(const std::string& directory, const Network& network, int program_fd)
{
    return find_or_start(directory, network, program_fd).started;
}

NetworkMember NetworkMember::join(const std::string& directory, const Network& network, const MemberRequest& request, int program_fd)
{
    for (int i = 0; i < attempts; ++i) {
        Found found = find_or_start(directory, network, program_fd);
        NetworkMember member;
        member.channel_ = std::move(found.channel);
        member.started_ = found.started;
        if (!member.channel_.send(serialize(request)))
            continue;
        auto answer = receive_in_time(member.channel_);
        if (!answer) // a process that failed closed a socket with our unread request: its reason comes second
            answer = member.channel_.receive();
        if (!answer)
            continue;
        MemberAnswer told = parse_member_answer(answer->data);
        member.addresses_ = std::move(told.addresses);
        member.name_servers_ = std::move(told.name_servers);
        if (answer->fds.size() != 1)
            continue;
        member.hub_namespace_ = std::move(answer->fds[0]);
        return member;
    }
    throw Error{ErrorKind::Failure, cat("the process of network ", network.name, " ends before anybody can join")};
}

bool NetworkMember::ask(const MemberRequest& request)
{
    const auto answer = channel_.send(serialize(request)) ? receive_in_time(channel_) : std::nullopt;
    if (answer)
        (void)parse_member_answer(answer->data);
    return answer.has_value();
}

bool NetworkMember::change(MemberRequest request)
{
    request.kind = MemberRequest::Kind::Change;
    return ask(request);
}

void NetworkMember::leave() noexcept
{
    try {
        MemberRequest request;
        request.kind = MemberRequest::Kind::Leave;
        (void)ask(request);
    } catch (const std::exception& error) {
        log::debug(cat("leaving a network: ", error.what(), "; ignored"));
    }
    channel_.close();
}

void tell_name_servers(const std::string& directory, const std::vector<std::string>& name_servers)
{
    const auto dir = find_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    const auto channel = dir ? find_channel(dir->get(), network_socket) : std::nullopt;
    if (!channel)
        return;
    MemberRequest request;
    request.kind = MemberRequest::Kind::SetNameServers;
    request.name_servers = name_servers;
    if (channel->send(serialize(request)))
        (void)receive_in_time(*channel);
}

} // namespace skiff::net
