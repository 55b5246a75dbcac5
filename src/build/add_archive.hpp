#pragma once

#include "build/copy_target.hpp"

#include <optional>
#include <string>

/// Archives that become files of a tree: what ADD unpacks, and contexts. A process of its own does that (role "add"), confined as the one
/// that unpacks layers: whoever makes the decompressor or the parser stumble owns a process that sees one tree (security.md R40).
namespace skiff::build {

/// Unpacks `file` below the destination of `target`; entries keep their owners, or all have `owner`. False when it is no archive, by
/// its content: a tar whose first header is sound, plain or compressed in any known way; then nothing has happened. What is unpacked has
/// the bounds of a layer: bytes for each compressed one, and entries.
///
/// `file` is read from its start; its position stays.
bool add_archive(int file, const CopyTarget& target, const std::optional<CopyOwner>& owner);

/// The role: descriptors are the archive, the target's root, and the channel for the answer. Returns the exit code.
int run_add_worker(const std::string& request);

} // namespace skiff::build
