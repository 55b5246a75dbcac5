#pragma once

#include <string_view>
#include <vector>

namespace skiff::archive {

/// The components of an entry's name (or of a hard link's target) below the root: leading "/" and all "." dropped, so
/// that an empty list is the root itself. Throws on what no layer may contain (security.md R41, M-01 to M-09): an empty
/// name, a zero byte, "..", a component above 255 bytes, more than 4096 bytes or 256 components. The views point into
/// `name`.
void split_entry_name(std::string_view name, std::vector<std::string_view>& components);
std::vector<std::string_view> split_entry_name(std::string_view name);

constexpr std::size_t max_depth = 256;

/// What a name means in a layer, by the conventions of OCI's image specification ("Whiteouts").
enum class NameMeaning
{
    Plain,
    Whiteout, ///< `.wh.NAME`: NAME of the layers below is gone
    Opaque,   ///< `.wh..wh..opq`: everything that the layers below have in this directory is gone
    Ignored,  ///< other `.wh..wh.` names: what AUFS kept for itself (R42)
};
/// Throws on whiteouts of nothing and on whiteouts as parents (M-59 to M-61, M-70).
NameMeaning meaning_of(const std::vector<std::string_view>& components);

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_name = ".wh..wh..opq";

} // namespace skiff::archive
