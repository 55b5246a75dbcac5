#pragma once

#include "build/file_hashes.hpp"
#include "build/source_tree.hpp"

#include <functional>
#include <string>
#include <vector>

namespace skiff::build {

/// What a copy of some sources would bring, as a hash: names, types, permission bits, sizes, bytes, link targets, device
/// numbers, and extended attributes that would be copied; not times and not owners (a copy sets both). Renaming or chmod
/// changes it, touching does not.
///
/// `follows` says how each source is read, as for the copy.
/// `tell` hears what stands for each file and link in it: "0644 1234 9f86d081".
using TellFile = std::function<void(const std::string& path, const std::string& summary)>;
std::string content_digest(const SourceTree& tree, const SourceSelection& selection, const std::vector<SelectedSource>& sources, FileHashes& hashes,
                           const TellFile& tell = {});

} // namespace skiff::build
