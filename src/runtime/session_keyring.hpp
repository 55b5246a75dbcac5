#pragma once

namespace skiff::runtime {

struct ProcessPlan;

/// The caller's session keyring, with its Kerberos tickets, must not be reachable from inside (R22): from here on this process is
/// in the container's. It is one for all processes of a run, the first one and those of `exec`, found by a name that nobody else
/// can know; who comes first makes it.
void enter_session_keyring(const ProcessPlan& plan, int handshake) noexcept;

} // namespace skiff::runtime
