#pragma once

#include "archive/tar_entry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skiff::archive {

/// What PAX records say about the next entry: the keys that have an effect (security.md R43); all others are read over.
struct PaxRecords
{
    std::optional<std::string> path, link_target, user_name, group_name;
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> uid, gid;
    std::optional<EntryTime> modified;
    std::vector<std::pair<std::string, std::string>> xattrs;
    // Sparse files: versions 0.0 (pieces one by one), 0.1 (one list) and 1.0 (the list stands in front of the content).
    bool sparse = false;
    std::string sparse_major, sparse_minor;
    std::optional<std::string> sparse_name;
    std::optional<std::uint64_t> sparse_size; ///< of the file with its holes
    std::vector<SparsePiece> sparse_pieces;
};

/// Parses the content of a PAX header. Throws on records whose lengths lie and on values that their key cannot have.
PaxRecords parse_pax(std::string_view block, std::size_t max_xattr_bytes, std::size_t max_pieces);

/// A global header may say what it likes, except what would give all entries one name or one size (M-49).
void check_global_pax(std::string_view block);

/// One record, "LENGTH KEY=VALUE\n" with its own length in front.
std::string make_pax_record(std::string_view key, std::string_view value);

/// Decimal digits only. Throws; `what` names the value.
std::uint64_t parse_decimal(std::string_view text, std::string_view what);

} // namespace skiff::archive
