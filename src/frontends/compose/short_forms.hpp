#pragma once

#include "frontends/compose/node.hpp"

#include <string>
#include <vector>

/// The short forms of ports, volumes and the like as the mappings that they stand for.
namespace skiff::compose {

/// "[HOST_IP:][PUB[-PUB]:]TARGET[-TARGET][/PROTOCOL]": one record for each target port.
std::vector<Node> expand_port(const std::string& text, const Place& place);

/// "[SOURCE:]TARGET[:OPTIONS]". A source that begins with ".", "/" or "~" is a path, as written; all else the name of a volume.
/// Options that have no long form of their own (U, exec ...) are kept in "x-options".
Node expand_volume(const std::string& text, const Place& place);

/// "SOURCE[:TARGET[:PERMISSIONS]]"; names of CDI devices have a source only.
Node expand_device(const std::string& text, const Place& place);

/// Throws Error at its place when a port or range, the `published` or `target` of a long form, is none.
void check_port(const Node& port);
/// The same for its `host_ip`.
void check_host_ip(const Node& address);

} // namespace skiff::compose
