#pragma once

#include <string>
#include <string_view>

namespace skiff::text {

/// A signal's number by name ("KILL", "SIGKILL", "kill", "RTMIN+3") or number, a leading dash ignored.
/// Throws Error(Usage): `invalid signal: FOO`; `valid signals are 1 through 64`.
int parse_signal(std::string_view text);

/// "TERM" for 15, "RTMIN+3" for 37; the number itself for one without a name.
std::string signal_name(int signal);

} // namespace skiff::text
