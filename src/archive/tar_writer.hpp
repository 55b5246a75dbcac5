#pragma once

#include "archive/entry_sink.hpp"
#include "archive/stream.hpp"

#include <cstdint>
#include <string_view>

namespace skiff::archive {

/// Writes a tar archive: ustar headers, PAX headers in front of entries that ustar cannot express (long or non-ASCII
/// names, large files and ids, extended attributes). Times are whole seconds, as in all image layers. The same entries
/// give the same bytes.
class TarWriter : public EntrySink
{
  public:
    explicit TarWriter(ByteSink& sink) : sink_{sink} {}

    /// Begins an entry; one of type Regular and a size needs exactly so many bytes of content after it. Sparse files
    /// are written whole: `pieces` is not looked at. The path of a directory needs no slash at its end.
    void add(const TarEntry& entry) override;
    void content(std::string_view bytes) override;
    /// add and content in one.
    void add_file(const TarEntry& entry, std::string_view bytes);
    /// The end mark. Throws when an entry lacks content.
    void finish();

  private:
    void finish_entry();
    void put_block(std::string_view name, const TarEntry& entry, char type, std::uint64_t size, std::string_view link);

    ByteSink& sink_;
    std::uint64_t missing_ = 0; ///< bytes of content that must still come
    std::uint64_t padding_ = 0;
};

} // namespace skiff::archive
