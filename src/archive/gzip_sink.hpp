#pragma once

#include "archive/stream.hpp"

#include <memory>
#include <string>

namespace skiff::archive {

/// Compresses with gzip, by ISA-L: several times as fast as zlib, for some more bytes. The same bytes give the same
/// result on the same machine, however they are cut into pieces; the header has neither time nor name.
class GzipSink : public ByteSink
{
  public:
    static constexpr int default_level = 6;

    /// Level 1 (fast) to 9, as of gzip; ISA-L knows three steps of it.
    explicit GzipSink(ByteSink& inner, int level = default_level);
    ~GzipSink() override;
    void write(std::string_view data) override;
    void finish() override;

  private:
    void pump(bool last);

    struct Stream; // isal_zstream and its memory
    ByteSink& inner_;
    std::unique_ptr<Stream> stream_;
    std::string input_; ///< pieces of one size go in: where they end shows in the result
    std::string output_;
};

/// Loads what GzipSink needs.
void preload_gzip_sink();

} // namespace skiff::archive
