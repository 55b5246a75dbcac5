#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>

namespace skiff::kernel {

struct Pty
{
    UniqueFd master, slave;
};

/// A pty of the devpts instance whose root is `devpts`. The slave is opened through the master, never by its path,
/// which a container could have covered (security.md R11).
Pty open_pty(int devpts);

struct TerminalSize
{
    std::uint16_t rows = 0, columns = 0;
};

/// Of a terminal or of either end of a pty. Throws when it is none.
void set_terminal_size(int terminal, TerminalSize size);

} // namespace skiff::kernel
