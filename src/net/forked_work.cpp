#include "net/forked_work.hpp"

#include "base/channel.hpp"
#include "base/error.hpp"
#include "net/net_request.hpp"

#include <cstdlib>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::net {
namespace {

[[noreturn]] void do_and_end(const Channel& parent, const std::function<std::vector<UniqueFd>()>& work)
{
    try {
        const std::vector<UniqueFd> fds = work();
        std::vector<int> numbers;
        for (const UniqueFd& fd : fds)
            numbers.push_back(fd.get());
        parent.send("done", numbers);
    } catch (const Error& error) {
        parent.send(serialize(NetFailed{static_cast<int>(error.kind()), error.errno_value(), error.message(), error.hint()}));
    } catch (...) { // out of memory: the parent sees the end
    }
    ::_exit(EXIT_SUCCESS);
}

} // namespace

std::vector<UniqueFd> do_in_child(const std::function<std::vector<UniqueFd>()>& work)
{
    auto [ours, theirs] = make_channel_pair();
    const pid_t child = ::fork();
    if (child < 0)
        throw Error{errno, "starting a process"};
    if (child == 0) {
        ours.close();
        do_and_end(theirs, work);
    }
    theirs.close();
    auto answer = ours.receive();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (!answer)
        throw Error{ErrorKind::Failure, "a short-lived process ended without an answer"};
    if (answer->data != "done")
        (void)parse_net_answer(answer->data); // throws what it met
    return std::move(answer->fds);
}

void enter_network_namespace(int namespace_fd)
{
    if (::setns(namespace_fd, CLONE_NEWNET) != 0)
        throw Error{errno, "entering a network namespace"}.with_hint(
            errno == EPERM ? "the network belongs to another user namespace, of containers that were started before the subordinate ids changed; stop them" : "");
}

} // namespace skiff::net
