#include "monitor/ending_signal.hpp"

#include <csignal>

namespace skiff::monitor {

bool means_the_end(int signal, int stop_signal)
{
    return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == stop_signal;
}

} // namespace skiff::monitor
