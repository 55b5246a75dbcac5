#pragma once

#include "base/event_loop.hpp"
#include "base/process.hpp"
#include "monitor/client.hpp"

#include <list>
#include <memory>
#include <string>

namespace skiff::monitor {

/// Clones of mounts as a container sees them, for commands that copy files. Each mount lives in the container's mount namespace,
/// so a child of ours goes there and sends it back. On its way it may meet a file system whose server does not answer, the
/// container's own for one; nobody but the command waits for it.
class TreeClones
{
  public:
    explicit TreeClones(EventLoop& loop) : loop_{loop} {}
    ~TreeClones();
    TreeClones(const TreeClones&) = delete;
    TreeClones& operator=(const TreeClones&) = delete;

    /// Answers `client` with Done and a detached clone of the mount at `path`, or with Failed.
    void start(const Pidfd& container, const std::string& path, const std::shared_ptr<Client>& client);
    void detach(const Client* client); ///< it has hung up
    [[nodiscard]] std::vector<pid_t> pids() const;

  private:
    struct Clone
    {
        std::string path;
        std::shared_ptr<Client> client;
        Channel channel;
        ChildProcess child;
    };
    void on_ready(std::list<Clone>::iterator clone);
    void end(Clone& clone);

    EventLoop& loop_;
    std::list<Clone> clones_;
};

} // namespace skiff::monitor
