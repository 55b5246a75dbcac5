#include "monitor/tree_of.hpp"

#include "base/channel.hpp"
#include "base/file.hpp"
#include "monitor/control.hpp"

#include <poll.h>

namespace skiff::monitor {

std::optional<UniqueFd> find_tree_of(const store::Store& store, const std::string& container, const std::string& path)
{
    constexpr int patience_ms = 5000;
    const auto directory = find_at(AT_FDCWD, store.containers().run_directory(container), O_RDONLY | O_DIRECTORY);
    const auto channel = directory ? find_channel(directory->get(), control_socket) : std::nullopt;
    if (!channel || !channel->send(encode(Request{TreeRequest{path}})))
        return std::nullopt;
    pollfd readable{channel->fd(), POLLIN, 0};
    auto message = ::poll(&readable, 1, patience_ms) > 0 ? channel->receive() : std::nullopt;
    if (!message || message->fds.empty())
        return std::nullopt;
    return std::move(message->fds.front());
}

} // namespace skiff::monitor
