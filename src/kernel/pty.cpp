#include "kernel/pty.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <sys/ioctl.h>

namespace skiff::kernel {

Pty open_pty(int devpts)
{
    Pty pty;
    pty.master = open_at(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW);
    int locked = 0;
    if (::ioctl(pty.master.get(), TIOCSPTLCK, &locked) == 0)
        pty.slave.reset(::ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!pty.slave)
        throw Error{errno, "making a terminal"};
    return pty;
}

void set_terminal_size(int terminal, TerminalSize size)
{
    const winsize window{size.rows, size.columns, 0, 0};
    if (::ioctl(terminal, TIOCSWINSZ, &window) != 0)
        throw Error{errno, "setting the size of a terminal"};
}

} // namespace skiff::kernel
