#include "monitor/tree_clones.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/clone.hpp"
#include "kernel/mount.hpp"
#include "kernel/namespaces.hpp"
#include "runtime/started_process.hpp"

#include <sched.h>
#include <sys/prctl.h>

namespace skiff::monitor {
namespace {

/// Runs in the child. We have one thread, so its copy of the heap is whole and may be used.
[[noreturn]] void send_clone(const Pidfd& container, const std::string& path, const Channel& channel) noexcept
{
    // With --pid=host the container sees this process, whose descriptors are ours.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    try {
        kernel::enter_namespaces_of(container, CLONE_NEWNS);
        const UniqueFd root = open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
        const UniqueFd at = beneath(root.get(), path, O_PATH);
        channel.send("mount", {kernel::clone_mount(at.get(), "", kernel::Recursive::No).get()});
        ::_exit(0);
    } catch (const std::exception&) {
        ::_exit(1); // the parent says what could not be done
    }
}

} // namespace

TreeClones::~TreeClones()
{
    for (Clone& clone : clones_)
        end(clone);
}

void TreeClones::start(const Pidfd& container, const std::string& path, const std::shared_ptr<Client>& client)
{
    auto [ours, theirs] = make_channel_pair();
    auto child = kernel::clone_process({});
    if (!child)
        send_clone(container, path, theirs);
    const auto clone = clones_.insert(clones_.end(), Clone{path, client, std::move(ours), std::move(*child)});
    loop_.watch(clone->channel.fd(), EPOLLIN, [this, clone](std::uint32_t) { on_ready(clone); });
}

void TreeClones::on_ready(std::list<Clone>::iterator clone)
{
    bool ended = false;
    const auto message = clone->channel.try_receive(ended);
    if (!message && !ended)
        return;
    if (message && !message->fds.empty())
        clone->client->send(Done{}, message->fds.front().get());
    else
        clone->client->send(make_failed(Error{ErrorKind::Failure, cat("cloning the mount at ", quoted(clone->path))}));
    end(*clone);
    clones_.erase(clone);
}

void TreeClones::end(Clone& clone)
{
    loop_.unwatch(clone.channel.fd());
    (void)runtime::end_child(clone.child);
}

void TreeClones::detach(const Client* client)
{
    for (auto clone = clones_.begin(); clone != clones_.end();)
        if (clone->client.get() == client) {
            end(*clone);
            clone = clones_.erase(clone);
        } else {
            ++clone;
        }
}

std::vector<pid_t> TreeClones::pids() const
{
    std::vector<pid_t> all;
    for (const Clone& clone : clones_)
        all.push_back(clone.child.pid());
    return all;
}

} // namespace skiff::monitor
