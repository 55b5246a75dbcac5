#pragma once

#include "base/file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

/// The text of one of our own records below `dir`; nothing when it does not exist. A link in its place is not followed,
/// a device or FIFO not waited for (security.md R4).
std::optional<std::string> find_record(int dir, const std::string& path);

/// The entries of one of the layout's directories; none when it is missing (`system check --repair` makes it again).
std::vector<DirectoryEntry> list_place(int dir, const std::string& path);

/// [a-zA-Z0-9][a-zA-Z0-9_.-]*, as containers, volumes, networks and pods are named.
bool is_valid_name(const std::string& name);
/// Throws `names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument` (also when the name is too long for a file).
void require_valid_name(const std::string& name);

/// 64 lower-case hex digits: what containers and images are called in the store, and thus safe as a file name.
bool is_id(const std::string& text);

} // namespace skiff::store
