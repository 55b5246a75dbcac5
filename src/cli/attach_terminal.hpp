#pragma once

#include "base/channel.hpp"
#include "monitor/control.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// How this terminal (or these pipes) take part in a container's streams.
struct AttachOptions
{
    bool in = false;              ///< forward our standard input
    bool out = true, err = true;
    bool tty = false;             ///< the process has a terminal: ours goes to raw mode and forwards its size
    bool forward_signals = true;  ///< signals that we get go to the container's process
    bool began_it = true;         ///< when our reader goes away, so does the process's (attach: we alone go)
    std::string detach_keys = "ctrl-p,ctrl-q"; ///< empty: there are none
};

struct AttachOutcome
{
    bool detached = false;                 ///< by the keys
    bool reader_gone = false;              ///< of our output; only when we did not begin it
    std::optional<monitor::Exited> exited; ///< nothing: the monitor went away without a word
};

/// Copies streams between this process and a run, attach or exec conversation until it ends. The terminal is restored
/// whatever happens. Throws what the monitor says has failed.
AttachOutcome attach_terminal(Channel& conversation, const AttachOptions& options);

/// "ctrl-p,ctrl-q" -> the bytes of the keys. Throws Error(Usage) for a key that does not exist.
std::vector<char> parse_detach_keys(const std::string& text);

/// The size of our terminal; nothing when standard input and output are none.
struct TerminalSize { std::uint16_t rows = 0, columns = 0; };
std::optional<TerminalSize> find_terminal_size();

} // namespace skiff::cli
