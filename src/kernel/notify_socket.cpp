#include "kernel/notify_socket.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace skiff::kernel {
namespace {

struct Address
{
    sockaddr_un name{};
    socklen_t size = 0;
};

std::optional<Address> find_address(const std::string& text)
{
    Address address;
    address.name.sun_family = AF_UNIX;
    const bool is_abstract = text.starts_with('@');
    if (text.size() < 2 || text.size() >= sizeof address.name.sun_path || (!is_abstract && !text.starts_with('/')))
        return std::nullopt;
    std::memcpy(address.name.sun_path, text.data(), text.size());
    if (is_abstract)
        address.name.sun_path[0] = '\0';
    // A path ends with its zero byte, an abstract name with its last character.
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + (is_abstract ? 0 : 1));
    return address;
}

UniqueFd make_socket()
{
    UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd)
        throw Error{errno, "making a socket"};
    return fd;
}

} // namespace

void try_notify(const std::string& socket, const std::string& state)
{
    const auto address = find_address(socket);
    if (!address) {
        log::debug(cat("NOTIFY_SOCKET ", quoted(socket), " is no socket's name; ignored"));
        return;
    }
    const UniqueFd fd = make_socket();
    if (::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address->name),
                 address->size) < 0)
        log::debug(cat("telling the service manager at ", quoted(socket), ": ", std::strerror(errno), "; ignored")); // NOLINT
}

UniqueFd listen_for_notifications(int dir, const std::string& name)
{
    UniqueFd fd = make_socket();
    // The path by descriptor: a runtime directory may be too long for a socket's address.
    const auto address = find_address(cat("/proc/self/fd/", dir, "/", name));
    if (!address)
        throw Error{ErrorKind::Failure, cat("binding the socket ", quoted(name), ": its name is too long")};
    remove_file_at(dir, name);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address->name), address->size) != 0)
        throw Error{errno, cat("binding the socket ", quoted(name))};
    if (::fchmodat(dir, name.c_str(), 0666, 0) != 0)
        throw Error{errno, cat("changing the mode of the socket ", quoted(name))};
    return fd;
}

std::optional<std::string> receive_notification(int socket)
{
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0); // descriptors that come along are dropped
    if (got < 0)
        return std::nullopt;
    return std::string{buffer.data(), static_cast<std::size_t>(got)};
}

} // namespace skiff::kernel
