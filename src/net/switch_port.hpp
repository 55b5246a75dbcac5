#pragma once

#include "base/unique_fd.hpp"
#include "net/packet.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <unistd.h>

namespace skiff::net {

/// One container's cable: the tap at its end. A private network has one port; a named network will have many, with this
/// same interface and a table of addresses above it.
class SwitchPort
{
  public:
    explicit SwitchPort(UniqueFd tap) : tap_{std::move(tap)} {}

    [[nodiscard]] int fd() const { return tap_.get(); }

    /// A full queue drops the frame, as a switch does; TCP sends it again.
    void send(std::span<const std::uint8_t> frame) const { (void)!::write(tap_.get(), frame.data(), frame.size()); }

    /// The next waiting frame, valid until the next call; empty when there is none.
    std::span<std::uint8_t> receive()
    {
        static std::array<std::uint8_t, max_frame> buffer;
        const ssize_t got = ::read(tap_.get(), buffer.data(), buffer.size());
        return std::span{buffer}.first(got > 0 ? static_cast<std::size_t>(got) : 0);
    }

  private:
    UniqueFd tap_;
};

} // namespace skiff::net
