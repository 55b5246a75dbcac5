#pragma once

#include "base/event_loop.hpp"
#include "base/process.hpp"
#include "monitor/client.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skiff::monitor {

/// The monitor's ends of a process's standard streams: three pipes, or one terminal.
struct SessionStreams
{
    UniqueFd in;  ///< the writing end of stdin; empty: it has none
    UniqueFd out, err; ///< the reading ends; with a terminal both empty
    UniqueFd terminal; ///< the pty's master: input and output
};

/// One process with its streams: the container's own, or an exec. Copies output to whoever listens (the log, commands),
/// and input from the commands. Output waits for a command that reads slowly; a command that hung up holds up nothing.
class Session
{
  public:
    using OnOutput = std::function<void(Stream, std::string_view)>;

    Session(EventLoop& loop, SessionStreams streams, bool input_ends_with_client);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Sees all output, first of all listeners.
    void tap(OnOutput on_output) { tap_ = std::move(on_output); }
    /// While held, output waits in its pipe, as for a listener that reads slowly.
    void hold_output(bool held);
    void attach(const std::shared_ptr<Client>& client, const AttachRequest& wants);
    void detach(const Client* client);

    void write_input(std::string_view bytes);
    void close_input(const Client* client); ///< a client's input has ended
    /// The process finds that nobody reads its output any more: EPIPE; on a terminal a hangup.
    void close_output(Stream stream);
    void resize(std::uint16_t rows, std::uint16_t columns);

    /// The process has ended: what it wrote is still copied, then `on_finished` is called from the loop, unless the session has
    /// been destroyed before.
    void process_ended(ExitStatus status, std::function<void()> on_finished);
    [[nodiscard]] const std::optional<ExitStatus>& status() const { return status_; }

  private:
    static constexpr std::size_t max_pending_input = 256U * 1024U;
    struct Listener
    {
        std::shared_ptr<Client> client;
        AttachRequest wants;
    };
    void watch_output(UniqueFd& fd, Stream stream);
    std::size_t read_output(UniqueFd& fd, Stream stream);
    void deliver(Stream stream, std::string_view bytes);
    void throttle();
    void drain_input();
    void set_input_interest();
    void drain_after_end(UniqueFd& fd, Stream stream);
    int input_fd() const { return streams_.terminal ? streams_.terminal.get() : streams_.in.get(); }

    EventLoop& loop_;
    SessionStreams streams_;
    bool input_ends_with_client_;
    std::vector<Listener> listeners_;
    OnOutput tap_;
    std::string pending_input_;
    std::size_t written_input_ = 0; ///< bytes at the beginning of pending_input_ that have gone
    bool close_input_when_drained_ = false;
    bool held_ = false;
    bool throttled_ = false;
    std::optional<ExitStatus> status_;
    EventLoop::TimerId reopen_timer_ = 0, finish_timer_ = 0;
};

} // namespace skiff::monitor
