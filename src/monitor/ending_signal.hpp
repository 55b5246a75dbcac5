#pragma once

namespace skiff::monitor {

/// Signals that are meant to end a process: who sends one does not want the restart policy to bring the container back.
bool means_the_end(int signal, int stop_signal);

} // namespace skiff::monitor
