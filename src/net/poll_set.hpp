#pragma once

#include <poll.h>
#include <vector>

namespace skiff::net {

/// One round of poll(2): everybody adds what they wait for, and looks up afterwards what came of it.
///
/// libslirp names its descriptors anew in every round, so a set that lives on (epoll) would have to be compared with that list
/// each time; with the tens of descriptors that a container has, poll is the cheaper one.
class PollSet
{
  public:
    void clear() { entries_.clear(); }
    /// Returns the number to ask `events` with, for this round.
    int add(int fd, short events)
    {
        entries_.push_back({fd, events, 0});
        return static_cast<int>(entries_.size()) - 1;
    }
    [[nodiscard]] int size() const { return static_cast<int>(entries_.size()); }
    [[nodiscard]] int fd(int number) const { return entries_[static_cast<std::size_t>(number)].fd; }
    [[nodiscard]] short events(int number) const
    {
        const auto index = static_cast<std::size_t>(number);
        return number >= 0 && index < entries_.size() ? entries_[index].revents : short{0};
    }
    /// -1: without end. False when nothing came in time.
    bool wait(int timeout_ms) { return ::poll(entries_.data(), entries_.size(), timeout_ms) > 0; }

  private:
    std::vector<pollfd> entries_;
};

} // namespace skiff::net
