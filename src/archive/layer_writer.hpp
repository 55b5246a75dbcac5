#pragma once

#include "archive/entry_sink.hpp"
#include "archive/tar_writer.hpp"
#include "archive/unpack_worker.hpp"
#include "base/pipe_signal.hpp"

#include <string>
#include <string_view>

namespace skiff::archive {

/// Where a new layer is made.
struct LayerWriterRequest
{
    int diff_dir = -1;  ///< receives the files; borrowed
    int tar_split = -1; ///< receives the tar split file, open for writing; borrowed
    bool single_id = false;
    std::string title; ///< for `ps`
};

/// A layer in the making: entries become a tar stream, which a worker unpacks while it comes, exactly as if the layer had been
/// pulled. So what lies in the directory, whatever the entries came from, is what everybody else gets from the same
/// stream. Removals are entries named `.wh.NAME`.
class LayerWriter : public EntrySink
{
  public:
    explicit LayerWriter(const LayerWriterRequest& request);

    void add(const TarEntry& entry) override;
    void content(std::string_view bytes) override;
    /// Once, last: the digest and sizes of what was written. Throws what the worker met.
    UnpackResult finish();

  private:
    /// Gathers headers, which are small, and says why the worker gave up when it did.
    class Pipe : public ByteSink
    {
      public:
        explicit Pipe(UnpackJob& job) : job_{job} {}
        void write(std::string_view data) override;
        void finish() override { flush(); }

      private:
        void flush();
        void put(std::string_view data);
        UnpackJob& job_;
        std::string pending_;
    };

    PipeSignalBlock no_pipe_signal_;
    UnpackJob job_;
    Pipe pipe_{job_};
    TarWriter tar_{pipe_};
};

} // namespace skiff::archive
