#include "runtime/parent_handshake.hpp"

#include "base/file.hpp"
#include "runtime/started_process.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <poll.h>

namespace skiff::runtime {

void ParentHandshake::say(Word word) const
{
    const HandshakeMessage message{word, Step::None, 0, 0};
    (void)channel_.send({reinterpret_cast<const char*>(&message), sizeof message});
}

std::optional<ParentHandshake::Heard> ParentHandshake::try_hear()
{
    bool ended = false;
    auto message = channel_.try_receive(ended);
    if (!message) {
        if (ended)
            channel_.close();
        return std::nullopt;
    }
    Heard heard;
    if (message->data.size() != sizeof heard.message)
        throw Error{ErrorKind::Failure, "the container's process said something unintelligible"};
    std::memcpy(&heard.message, message->data.data(), sizeof heard.message);
    heard.fds = std::move(message->fds);
    return heard;
}

void ParentHandshake::wait() const
{
    pollfd readable{channel_.fd(), POLLIN, 0};
    while (::poll(&readable, 1, -1) < 0 && errno == EINTR)
        ;
}

bool has_executed(int proc, pid_t pid)
{
    // Field 9, the task's flags. A zombie keeps them until it is reaped. Source: proc(5) and PF_FORKNOEXEC in the kernel's
    // sched.h, which accounting has shown to users as AFORK for ever.
    constexpr unsigned long forked_without_exec = 0x40;
    constexpr int fields_between = 6; // of the state, the third field, up to the flags
    std::optional<std::string> stat;
    try {
        stat = find_file(proc, cat(pid, "/stat"), 4096);
    } catch (const Error&) {
        return true; // where /proc does not tell, the end of the handshake is all there is
    }
    const std::size_t after_name = stat ? stat->rfind(") ") : std::string::npos;
    if (after_name == std::string::npos)
        return true;
    std::string_view rest = std::string_view{*stat}.substr(after_name + 2);
    for (int i = 0; i < fields_between; ++i)
        rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
    unsigned long flags = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), flags).ec != std::errc{})
        return true;
    return (flags & forked_without_exec) == 0;
}

Error explain_end_before_exec(ChildProcess& process)
{
    const auto status = end_child(process);
    if (status && status->signal != 0)
        return Error{ErrorKind::NotExecutable,
                     cat("the container's process was killed by signal ", status->signal, " during the set-up")};
    return Error{ErrorKind::NotExecutable, "the container's process ended during the set-up"};
}

} // namespace skiff::runtime
