#pragma once

#include "raw_tar.hpp"

#include <string>
#include <vector>

/// The layers of security.md's malicious corpus, by their numbers (M-01 ...), each with its one exact outcome. The unit tests unpack
/// them in their own process; the system tests let the program load them as images.
namespace skiff::test {

struct HostileLayer
{
    std::string name;
    std::string tar;
    std::vector<std::string> tree; ///< "d 0755 a", "f 0644 a/b=content", "l a/c -> x", "p 0644 fifo", "w a/gone"; sorted
    std::string refusal;           ///< words of the error; empty: it is accepted
    unsigned warnings = 0;
};

using HostileLayers = std::vector<HostileLayer>;

HostileLayers layers_with_names();       ///< .., absolute, empty, zero bytes, overlong, links on the way
HostileLayers layers_with_links();       ///< hard and symbolic ones, to everywhere
HostileLayers layers_with_repetitions(); ///< one name several times: the last entry wins
HostileLayers layers_with_types();       ///< devices, pipes, what nobody knows
HostileLayers layers_with_whiteouts();
HostileLayers layers_with_headers(); ///< numbers, check sums, PAX records, sparse maps, ends: what the reader itself refuses

} // namespace skiff::test
