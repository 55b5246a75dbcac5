#include "archive/send_content.hpp"

#include <algorithm>
#include <string>

namespace skiff::archive {
namespace {

/// The archive has the pieces only.
void send_sparse(TarReader& reader, const TarEntry& entry, EntrySink& sink)
{
    const std::string zeros(64U * 1024U, '\0');
    std::uint64_t at = 0;
    const auto fill_to = [&](std::uint64_t end) {
        for (; at < end; at += std::min<std::uint64_t>(end - at, zeros.size()))
            sink.content(std::string_view{zeros}.substr(0, end - at));
    };
    std::string_view stored;
    for (const SparsePiece& piece : entry.pieces) {
        fill_to(piece.offset);
        for (std::uint64_t left = piece.length; left > 0;) {
            if (stored.empty())
                stored = reader.read();
            const std::string_view part = stored.substr(0, left);
            sink.content(part);
            stored.remove_prefix(part.size());
            left -= part.size();
            at += part.size();
        }
    }
    fill_to(entry.size);
}

} // namespace

void send_content(TarReader& reader, const TarEntry& entry, EntrySink& sink)
{
    if (entry.sparse)
        return send_sparse(reader, entry, sink);
    for (std::string_view piece = reader.read(); !piece.empty(); piece = reader.read())
        sink.content(piece);
}

} // namespace skiff::archive
