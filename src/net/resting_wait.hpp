#pragma once

#include "net/poll_set.hpp"

namespace skiff::net {

/// libslirp wants to be asked every second also when nothing is timed (with timers it says half a second or less). That is no
/// reason to wake a sleeping machine: -1 then, which is without end.
int make_timeout(int slirp_timeout_ms);

/// Waits for the set as PollSet::wait. A network that nobody uses for a while gives back the program text that its last use brought
/// in, and nothing is done between that and the wait; it looks up once a minute.
bool wait_and_rest(PollSet& polls, int timeout_ms);

} // namespace skiff::net
