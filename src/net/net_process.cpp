#include "net/net_process.hpp"

#include "base/error.hpp"
#include "base/role.hpp"

namespace skiff::net {

NetworkProcess NetworkProcess::start(const NetRequest& request, const std::string& title, int program_fd)
{
    auto [ours, theirs] = make_channel_pair();
    RoleRequest role;
    role.role = "net";
    role.title = title;
    role.json = serialize(request);
    role.fds = {theirs.fd()};
    role.program_fd = program_fd;
    ChildProcess process = spawn_role(role);
    return {std::move(ours), std::move(process)};
}

void NetworkProcess::attach_tap(int tap_fd)
{
    // A process that is gone has left its reason in the channel, or its exit status: wait_ready tells.
    (void)channel_.send(serialize(AttachTap{}), {tap_fd});
}

NetReady NetworkProcess::wait_ready()
{
    const auto answer = channel_.receive();
    if (!answer)
        throw Error{ErrorKind::Failure, cat("the network process ended with code ", process_.wait().code)};
    return parse_net_answer(answer->data);
}

void NetworkProcess::set_name_servers(const std::vector<std::string>& name_servers)
{
    (void)channel_.send(serialize(SetNameServers{name_servers}));
}

} // namespace skiff::net
