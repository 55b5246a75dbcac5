#include "monitor/journal_log.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "monitor/log_file.hpp"

#include <algorithm>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";
constexpr std::size_t longest_text = 32U * 1024U; ///< of one entry; a datagram has room for about 200 KiB
constexpr timeval patience{2, 0};                 ///< for a journal that is busy; the container waits meanwhile

} // namespace

bool journal_exists() { return ::access(journal_socket, W_OK) == 0; }

std::string journal_field(std::string_view name, std::string_view value)
{
    if (value.find('\n') == std::string_view::npos)
        return cat(name, "=", value, "\n");
    std::string field = cat(name, "\n");
    std::uint64_t size = value.size();
    for (int byte = 0; byte < 8; ++byte, size >>= 8U)
        field += static_cast<char>(size & 0xFFU);
    return cat(field, value, "\n");
}

JournalLog::JournalLog(const ContainerConfig& config)
    : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)}
{
    if (!socket_)
        throw Error{errno, "making a socket"};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    constexpr int room = 8 << 20; // as sd_journal_send asks for; the kernel gives what it allows
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    // Source: the names that conmon writes and that Podman and Docker document.
    fields_ = journal_field("CONTAINER_ID", config.id.substr(0, 12)) + journal_field("CONTAINER_ID_FULL", config.id) +
              journal_field("CONTAINER_NAME", config.name) + journal_field("IMAGE_NAME", config.image_name) +
              journal_field("SYSLOG_IDENTIFIER", config.log.tag.empty() ? config.name : config.log.tag);
    if (!config.log.tag.empty())
        fields_ += journal_field("CONTAINER_TAG", config.log.tag);
}

void JournalLog::write(Stream stream, std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::size_t size = std::min({end, bytes.size(), longest_text});
        const bool partial = size != end;
        send(stream == Stream::Stderr, partial, bytes.substr(0, size));
        bytes.remove_prefix(partial ? size : size + 1);
    }
}

void JournalLog::send(bool is_error, bool is_partial, std::string_view text)
{
    const std::string entry = cat(fields_, is_error ? "PRIORITY=3\n" : "PRIORITY=6\n", is_partial ? "CONTAINER_PARTIAL_MESSAGE=true\n" : "",
                                  journal_field("MESSAGE", text));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, journal_socket); // NOLINT(clang-analyzer-security.insecureAPI.strcpy): a constant that fits
    const int flags = MSG_NOSIGNAL | (complained_ ? MSG_DONTWAIT : 0);
    ssize_t sent = 0;
    do
        sent = ::sendto(socket_.get(), entry.data(), entry.size(), flags, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && !std::exchange(complained_, true))
        log::warn(cat("the log of this container has gaps: writing to the journal: ", std::strerror(errno))); // NOLINT(concurrency-mt-unsafe)
}

std::unique_ptr<LogSink> open_log_sink(const ContainerConfig& config, const std::string& path)
{
    if (config.log.driver == "journald")
        return std::make_unique<JournalLog>(config);
    return std::make_unique<LogFile>(config.log, path);
}

} // namespace skiff::monitor
