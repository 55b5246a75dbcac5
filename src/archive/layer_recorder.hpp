#pragma once

#include "archive/entry_sink.hpp"
#include "archive/tar_split.hpp"
#include "archive/tar_writer.hpp"
#include "archive/unpack_worker.hpp"
#include "base/hash.hpp"

#include <string>
#include <string_view>

namespace skiff::archive {

/// For a layer whose files lie already where they shall be: from their entries, only the tar stream's digest and its tar split
/// are made. Nothing is copied, and every file is read once.
class LayerRecorder : public EntrySink
{
  public:
    /// `tar_split` receives the tar split file; borrowed.
    explicit LayerRecorder(int tar_split) : split_{tar_split} {}

    void add(const TarEntry& entry) override;
    void content(std::string_view bytes) override;
    /// Once, last.
    UnpackResult finish();

  private:
    /// Hashes the stream, and keeps of it what the files do not have.
    class Stream : public ByteSink
    {
      public:
        explicit Stream(TarSplitWriter& split) : split_{split} {}
        void write(std::string_view data) override;
        bool is_content = false; ///< of a file
        std::uint64_t size = 0;
        Sha256 hash;

      private:
        TarSplitWriter& split_;
    };

    TarSplitWriter split_;
    Stream stream_{split_};
    TarWriter tar_{stream_};
    std::uint64_t entries_ = 0, bytes_ = 0;
};

} // namespace skiff::archive
