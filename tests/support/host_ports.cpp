#include "tests/support/host_ports.hpp"

#include "tests/support/running.hpp"

#include <array>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace skiff::testing {
namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A socket bound to some port of 127.0.0.1.
int bind_somewhere(std::uint16_t& port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return fd;
}

std::string converse(int type, std::uint16_t port, const std::string& question)
{
    const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const timeval patience{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in address = loopback(port);
    std::string answer;
    std::array<char, 65536> buffer{};
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, question.data(), question.size(), MSG_NOSIGNAL) > 0) {
        ssize_t got = 0;
        while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
            answer.append(buffer.data(), static_cast<std::size_t>(got));
            if (type == SOCK_DGRAM)
                break;
        }
    }
    ::close(fd);
    return answer;
}

} // namespace

std::uint16_t free_port()
{
    std::uint16_t port = 0;
    ::close(bind_somewhere(port));
    return port;
}

std::string http_get(std::uint16_t port, const std::string& path)
{
    std::string body;
    eventually([&] {
        const std::string answer = converse(SOCK_STREAM, port, "GET " + path + " HTTP/1.0\r\n\r\n");
        const std::size_t end = answer.find("\r\n\r\n");
        if (end == std::string::npos)
            return false;
        body = answer.substr(end + 4);
        return true;
    });
    return body;
}

std::string ask_udp(std::uint16_t port, const std::string& text)
{
    std::string answer;
    eventually([&] { return !(answer = converse(SOCK_DGRAM, port, text)).empty(); });
    return answer;
}

BusyPort::BusyPort() : fd_{bind_somewhere(number_)} { ::listen(fd_, 1); }

BusyPort::~BusyPort() { ::close(fd_); }

SilentServer::SilentServer() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
{
    constexpr int backlog = 4096;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0 && ::listen(fd_, backlog) == 0 &&
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0)
        port_ = ntohs(address.sin_port);
}

SilentServer::~SilentServer() { ::close(fd_); }

} // namespace skiff::testing
