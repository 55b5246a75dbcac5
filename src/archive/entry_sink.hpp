#pragma once

#include "archive/tar_entry.hpp"

#include <string_view>

namespace skiff::archive {

/// Where the entries of an archive, or of a tree, go one by one: into an archive again, or into a tree.
class EntrySink
{
  public:
    EntrySink() = default;
    EntrySink(const EntrySink&) = delete;
    EntrySink& operator=(const EntrySink&) = delete;
    virtual ~EntrySink() = default;
    /// Begins an entry; one of type Regular is followed by exactly `size` bytes of content.
    virtual void add(const TarEntry& entry) = 0;
    virtual void content(std::string_view bytes) = 0;
};

} // namespace skiff::archive
