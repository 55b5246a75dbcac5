#pragma once

#include "frontends/compose/node.hpp"
#include "frontends/compose/schema.hpp"

namespace skiff::compose {

/// Puts a later document onto an earlier one; both are canonical. Scalars and commands: the later wins; mappings: key by key; lists are
/// appended and made unique (records by their identity: ports by address, target, published and protocol, mounts by target ...).
/// !reset removes, !override replaces. Source: the Compose Specification, "merge".
void merge(Node& into, Node over);

/// The same for one value of a key: extends puts a service onto another.
void merge(Node& into, Node over, const Key& key);

/// !reset without anything to remove leaves nothing behind.
void drop_commands(Node& node);

} // namespace skiff::compose
