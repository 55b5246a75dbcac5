#include "engine/exec.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/start.hpp"

namespace skiff::engine {
namespace {

Channel converse(Engine& engine, const std::string& id, const monitor::Request& request, const std::vector<int>& fds,
                 const Error& not_running)
{
    const store::ContainerRecord record = settle(engine, id);
    auto channel = record.monitor_alive ? find_monitor(engine, id) : std::nullopt;
    if (!channel || !channel->send(monitor::encode(request), fds))
        throw not_running;
    const auto message = channel->receive();
    if (!message)
        throw not_running;
    const monitor::Answer answer = monitor::decode_answer(message->data);
    if (const auto* failed = std::get_if<monitor::Failed>(&answer))
        monitor::rethrow(*failed);
    return std::move(*channel);
}

} // namespace

Channel exec_in_container(Engine& engine, const std::string& id, monitor::ExecRequest& request, const std::vector<int>& fds)
{
    if (request.argv.empty())
        throw Error{ErrorKind::Usage, "must provide a non-empty command to start an exec session: invalid argument"};
    request.id = random_hex(32);
    request.preserve_fds = static_cast<std::uint32_t>(fds.size());
    return converse(engine, id, request, fds,
                    Error{ErrorKind::ExecSession,
                          "can only create exec sessions on running containers: container state improper"});
}

Channel attach_to_container(Engine& engine, const std::string& id, const monitor::AttachRequest& wants)
{
    return converse(engine, id, wants, {},
                    Error{ErrorKind::State, "you can only attach to running containers: container state improper"});
}

} // namespace skiff::engine
