#pragma once

#include "archive/compression.hpp"
#include "archive/worker_process.hpp"
#include "base/unique_fd.hpp"

#include <cstdint>
#include <string>

/// Layers on their way out, in a process of their own (role "layer"): several at once use several processors, and the
/// decompression of what strangers made is confined, as in unpack_worker.hpp.
namespace skiff::archive {

struct LayerRequest
{
    int tar_split = -1; ///< of a layer of the store, with its directory: made again byte for byte; borrowed
    int diff_dir = -1;
    int input = -1; ///< else a stream, compressed or not, to its end; borrowed

    Compression compression = Compression::None; ///< of what comes out: None, Gzip or Zstd
    int level = 0;                               ///< 0: the default of the format
    std::string diff_id; ///< what the plain bytes must be, "sha256:..."; empty: anything
    std::uint64_t skip = 0; ///< the first bytes of the result that are not wanted again: an upload goes on
    std::string title;      ///< for `ps`
};

/// Of the whole result, whatever was skipped.
struct LayerResult
{
    std::string digest; ///< "sha256:..."
    std::uint64_t size = 0;
    std::string diff_id; ///< of the plain bytes
    std::uint64_t plain_size = 0;
};

/// One running worker. Dropping it ends it.
class LayerJob
{
  public:
    static LayerJob start(const LayerRequest& request);

    /// The read end of the result.
    [[nodiscard]] int output_fd() const { return output_.get(); }
    /// To be called at the end of the result: waits for the worker's last word. Throws the worker's error.
    LayerResult finish();

  private:
    LayerJob(WorkerProcess worker, UniqueFd output) : worker_{std::move(worker)}, output_{std::move(output)} {}
    WorkerProcess worker_;
    UniqueFd output_;
};

/// The role: standard input the stream, standard output the result; descriptors are the result channel, and tar split
/// and directory of a layer. Returns the exit code.
int run_layer_worker(const std::string& request);

/// The same in this process: for tests. `output` is borrowed.
LayerResult write_layer(const LayerRequest& request, int output);

} // namespace skiff::archive
