#include "archive/entry_name.hpp"
#include "archive/tar_reader.hpp"
#include "base/error.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::archive;

namespace {

struct Counted : RawBytes
{
    void raw(std::string_view bytes) override { size += bytes.size(); }
    std::size_t size = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    MemorySource source{{reinterpret_cast<const char*>(data), size}, 1000}; // pieces end in the middle of blocks
    BufferedChunks chunks{source, 4096};
    Counted raw;
    TarReader reader{chunks, &raw};
    std::size_t content = 0;
    std::vector<std::string_view> components;
    try {
        while (const TarEntry* entry = reader.next()) {
            std::uint64_t stored = 0;
            for (auto part = reader.read(); !part.empty(); part = reader.read())
                stored += part.size();
            content += stored;
            std::uint64_t pieces = 0;
            for (const SparsePiece& piece : entry->pieces) {
                require(piece.offset + piece.length <= entry->size);
                pieces += piece.length;
            }
            require(!entry->sparse || pieces == stored);
            split_entry_name(entry->path, components);
            for (const std::string_view component : components)
                require(!component.empty() && component != "." && component != ".." &&
                        component.find('/') == std::string_view::npos);
        }
        require(raw.size + content == size); // every byte is raw or content: the stream can be made again
    } catch (const Error&) {                 // not tar, or what no layer may contain
    }
    return 0;
}
