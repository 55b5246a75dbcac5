#pragma once

#include "net/flow_budget.hpp"
#include "net/ip_address.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace skiff::net {

/// The connections that libslirp has open, whose they are, and who may have another one: each costs this process a descriptor,
/// and a TCP connection a quarter of a megabyte as well. Without a limit, one container with a few thousand of them ends the
/// process (libslirp does not survive a refused allocation), or leaves no descriptor to its neighbours.
///
/// libslirp says when it closes a descriptor, but not when it opens one. A frame that begins a connection opens at most one,
/// though, and the kernel gives that the lowest number that is free. What comes from outside by a published port is noticed when
/// libslirp waits for it.
class OpenFlows
{
  public:
    /// In the words of a message: "the container".
    using NameOwner = std::function<std::string(const IpAddress&)>;

    /// How many there can be.
    struct Capacity
    {
        std::ptrdiff_t tcp, other;
    };
    static Capacity find_capacity(); ///< of a process that is or will be confined

    explicit OpenFlows(NameOwner name_owner, Capacity capacity = find_capacity());

    /// `frame` has passed the filter. False when it would begin a connection that its sender has no room for: it is to be
    /// dropped, as a full queue does; the sender tries again. Otherwise it goes to libslirp, and then note_opened is called.
    [[nodiscard]] bool admit(std::span<const std::uint8_t> frame);
    void note_opened();
    /// Called by libslirp, for what it opened and for what it only meant to.
    void note_closed(int descriptor);

    /// Of each descriptor that libslirp waits for, in each round. False while a published port has as many clients as it can:
    /// further ones wait in the kernel's queue.
    [[nodiscard]] bool may_be_ready(int descriptor);

  private:
    struct UdpSource
    {
        IpAddress address;
        std::uint16_t port;
        auto operator<=>(const UdpSource&) const = default;
    };
    struct Beginning
    {
        FlowBudget* budget;
        std::string owner;
        std::optional<UdpSource> udp; ///< one descriptor serves all that is sent from there
    };
    struct Known
    {
        bool listens; ///< ... and has no part in the budget; it is the port that owns what it accepts
        Beginning flow;
    };

    [[nodiscard]] std::optional<Beginning> find_beginning(std::span<const std::uint8_t> frame);
    [[nodiscard]] bool has_room(const Beginning& beginning);
    void take(int descriptor, Beginning&& flow);
    Known& learn(int descriptor);

    NameOwner name_owner_;
    FlowBudget tcp_, other_;
    std::unordered_map<int, Known> known_; ///< by descriptor
    std::set<UdpSource> udp_sources_;
    std::optional<Beginning> beginning_; ///< between admit and note_opened
    int expected_ = -1;                  ///< the descriptor that it gets, if it gets one
    std::set<std::string> complained_;   ///< once of each owner
};

} // namespace skiff::net
