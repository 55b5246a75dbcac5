#include "base/channel.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace skiff {
namespace {

ssize_t send_message(int fd, std::string_view data, const std::vector<int>& fds, int flags)
{
    iovec piece{const_cast<char*>(data.data()), data.size()}; // NOLINT: sendmsg does not write
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_message_fds)> control{};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        if (fds.size() > max_message_fds)
            throw Error{ErrorKind::Failure, "sending a message: too many descriptors"};
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
        std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
    }
    ssize_t sent = 0;
    do
        sent = ::sendmsg(fd, &header, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

bool is_gone(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN; }

/// Returns -1 with errno set; 0 is end of file.
ssize_t receive_message(int fd, Message& message, int flags)
{
    message.data.resize(max_message_bytes);
    iovec piece{message.data.data(), message.data.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_message_fds)> control{};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    // A peer that closed with something of ours unread is told of first (ECONNRESET, once); its last words come behind that.
    ssize_t got = 0;
    do
        got = ::recvmsg(fd, &header, flags | MSG_CMSG_CLOEXEC);
    while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    if (got < 0)
        return got;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        std::vector<int> raw((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        std::memcpy(raw.data(), CMSG_DATA(part), raw.size() * sizeof(int));
        for (const int received : raw)
            message.fds.emplace_back(received);
    }
    message.data.resize(static_cast<std::size_t>(got));
    return got;
}

/// An address for `name` in `dir`, short enough for sun_path whatever the directory's own path is.
sockaddr_un address_of(int dir, const std::string& name)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = cat(proc_fd_path(dir), "/", name);
    if (path.size() >= sizeof address.sun_path)
        throw Error{ENAMETOOLONG, cat("naming the socket ", quoted(name))};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

UniqueFd make_socket(int extra_flags)
{
    UniqueFd fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | extra_flags, 0)};
    if (!fd)
        throw Error{errno, "making a socket"};
    return fd;
}

} // namespace

bool Channel::send(std::string_view data, const std::vector<int>& fds) const
{
    if (send_message(fd_.get(), data, fds, 0) >= 0)
        return true;
    if (is_gone(errno))
        return false;
    throw Error{errno, "sending a message"};
}

Channel::TrySend Channel::try_send(std::string_view data, const std::vector<int>& fds) const
{
    if (send_message(fd_.get(), data, fds, MSG_DONTWAIT) >= 0)
        return TrySend::Sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
        return TrySend::WouldBlock;
    if (is_gone(errno))
        return TrySend::PeerGone;
    throw Error{errno, "sending a message"};
}

std::optional<Message> Channel::receive() const
{
    Message message;
    const ssize_t got = receive_message(fd_.get(), message, 0);
    if (got > 0)
        return message;
    if (got == 0 || is_gone(errno))
        return std::nullopt;
    throw Error{errno, "receiving a message"};
}

std::optional<Message> Channel::try_receive(bool& ended) const
{
    Message message;
    const ssize_t got = receive_message(fd_.get(), message, MSG_DONTWAIT);
    ended = got == 0 || (got < 0 && is_gone(errno));
    if (got > 0)
        return message;
    if (ended || errno == EAGAIN || errno == EWOULDBLOCK)
        return std::nullopt;
    throw Error{errno, "receiving a message"};
}

uid_t Channel::peer_uid() const
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        throw Error{errno, "asking who is at the other end"};
    return credentials.uid;
}

std::pair<Channel, Channel> make_channel_pair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw Error{errno, "making a pair of sockets"};
    return {Channel{UniqueFd{ends[0]}}, Channel{UniqueFd{ends[1]}}};
}

UniqueFd listen_at(int dir, const std::string& name)
{
    UniqueFd listener = make_socket(SOCK_NONBLOCK);
    const sockaddr_un address = address_of(dir, name);
    remove_file_at(dir, name);
    // The directory is 0700; the mode below is the second door.
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw Error{errno, cat("binding the socket ", quoted(name))};
    ::fchmodat(dir, name.c_str(), 0600, 0);
    if (::listen(listener.get(), 128) != 0)
        throw Error{errno, cat("listening on ", quoted(name))};
    return listener;
}

std::optional<Channel> find_channel(int dir, const std::string& name)
{
    UniqueFd fd = make_socket(0);
    const sockaddr_un address = address_of(dir, name);
    int outcome = 0;
    do
        outcome = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    while (outcome < 0 && errno == EINTR);
    if (outcome == 0)
        return Channel{std::move(fd)};
    if (errno == ENOENT || errno == ECONNREFUSED)
        return std::nullopt;
    throw Error{errno, cat("connecting to ", quoted(name))};
}

std::optional<Channel> accept_channel(int listener)
{
    UniqueFd fd{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED)
            return std::nullopt;
        throw Error{errno, "accepting a connection"};
    }
    Channel channel{std::move(fd)};
    // Both ids are seen from our namespace: the user outside appears as the id it is mapped to, as we do ourselves.
    if (channel.peer_uid() != ::geteuid())
        return std::nullopt;
    return channel;
}

} // namespace skiff
