#pragma once

#include "base/channel.hpp"
#include "base/error.hpp"
#include "net/net_process.hpp"
#include "net/tap.hpp"

#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::net {

/// A container's network without a container: a child in its own user and network namespaces, and a net process.
class NetBox
{
  public:
    explicit NetBox(const NetRequest& request) : request_{request}, network_{NetworkProcess::start(request, "test")} {}

    NetworkProcess& network() { return network_; }

    /// Runs `body` inside; its answer is the child's exit code. 77: this machine has no such namespaces.
    template <typename Body>
    void start(Body body)
    {
        auto [ours, theirs] = make_channel_pair();
        child_ = ::fork();
        if (child_ == 0) {
            ours.close();
            try {
                if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 || ::access("/dev/net/tun", R_OK | W_OK) != 0)
                    ::_exit(77);
                const UniqueFd tap = make_network(request_.tap_plan());
                theirs.send("tap", {tap.get()});
            } catch (const Error& error) {
                std::fprintf(stderr, "%s\n", error.what());
                ::_exit(76);
            }
            (void)theirs.receive(); // "attached"
            int code = 75;
            try {
                code = body(theirs);
            } catch (const Error& error) {
                std::fprintf(stderr, "inside: %s\n", error.what());
            }
            ::_exit(code);
        }
        theirs.close();
        channel_ = std::move(ours);
        const auto message = channel_.receive();
        if (!message)
            return; // no namespaces: finish() tells
        network_.attach_tap(message->fds.at(0).get());
        if (!is_ready_)
            ready_ = network_.wait_ready();
        is_ready_ = true;
        channel_.send("attached");
    }

    Channel& channel() { return channel_; }
    [[nodiscard]] const NetReady& ready() const { return ready_; }

    int finish()
    {
        int status = 0;
        ::waitpid(child_, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    }

  private:
    NetRequest request_;
    NetworkProcess network_;
    Channel channel_;
    NetReady ready_;
    bool is_ready_ = false;
    pid_t child_ = 0;
};

} // namespace skiff::net
