#pragma once

#include "base/channel.hpp"
#include "base/event_loop.hpp"
#include "monitor/control.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace skiff::monitor {

/// The monitor's end of one conversation: queues what the peer cannot take yet and tells when it is congested, so that
/// nothing here ever waits for a command that somebody stopped with ctrl-Z.
class Client
{
  public:
    using OnMessage = std::function<void(Message)>;

    Client(EventLoop& loop, Channel channel);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Both are called from the loop; `on_gone` once, after which nothing more is sent or received.
    void listen(OnMessage on_message, std::function<void()> on_gone);
    void on_drained(std::function<void()> callback) { on_drained_ = std::move(callback); }

    void send(const Answer& answer, int fd = -1);
    void send(Stream stream, std::string_view bytes);
    /// Stops reading from the peer while somebody downstream is busy.
    void pause_reading(bool pause);
    /// True while more waits in the queue than is good; who produces output should stop reading it.
    [[nodiscard]] bool is_congested() const { return queued_bytes_ > congestion_bytes; }
    [[nodiscard]] bool is_gone() const { return gone_; }
    /// Sends what is queued, waiting at most `limit`: the last words of a monitor that ends.
    void flush(std::chrono::milliseconds limit);

  private:
    static constexpr std::size_t congestion_bytes = 256U * 1024U;
    struct Queued
    {
        std::string data;
        UniqueFd fd;
    };
    void push(std::string data, int fd);
    void on_ready(std::uint32_t events);
    void drain();
    void set_gone();
    void update_interest();

    EventLoop& loop_;
    Channel channel_;
    std::deque<Queued> queue_;
    std::size_t queued_bytes_ = 0;
    OnMessage on_message_;
    std::function<void()> on_gone_;
    std::function<void()> on_drained_;
    bool gone_ = false;
    bool reading_ = true;
};

} // namespace skiff::monitor
