#pragma once

#include "archive/unpack.hpp"
#include "archive/worker_process.hpp"
#include "base/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Unpacking in a process of its own (role "unpack", security.md R40): whoever makes the decompressor or the parser
/// stumble owns a process that sees one empty directory and can start, connect and trace nothing.
namespace skiff::archive {

struct UnpackRequest
{
    int diff_dir = -1;  ///< where to; borrowed
    int tar_split = -1; ///< receives the tar split file (tar_split.hpp), open for writing; -1: none is kept; borrowed
    int input = -1;     ///< the stream, to its end; borrowed. -1: input_fd() of the job is fed
    bool single_id = false; ///< as in UnpackOptions, all of these
    bool for_others = false;
    bool squash_ids = false;
    bool plain_tree = false;
    std::vector<int> lower_dirs; ///< diff directories below, topmost first
    bool has_lower = false;
    std::uint64_t compressed_size = 0; ///< what the descriptor promises; 0: unknown. Decides the budgets
    std::string diff_id;               ///< what the stream must be when unpacked, "sha256:..."; empty: anything
    std::string compressed_digest;     ///< what it must be as it comes; empty: anything
    std::string title;                 ///< for `ps`
    int program_fd = -1;               ///< as in RoleRequest
};

struct UnpackResult
{
    std::string diff_id;           ///< "sha256:..." of the plain stream
    std::string compressed_digest; ///< "sha256:..." of the stream as it came
    std::uint64_t compressed_size = 0;
    std::uint64_t plain_size = 0;
    std::uint64_t unpacked_bytes = 0;
    std::uint64_t files = 0;
    std::string compression; ///< "none", "gzip", "zstd"
    std::vector<std::string> warnings;
};

/// One running worker. Dropping it without finish() ends it.
class UnpackJob
{
  public:
    static UnpackJob start(const UnpackRequest& request);

    /// The write end of the stream. When a write fails with EPIPE the worker has given up: finish() says why. SIGPIPE
    /// must be ignored by whoever writes.
    [[nodiscard]] int input_fd() const { return input_.get(); }
    void close_input() { input_.reset(); }
    UniqueFd take_input() { return std::move(input_); }
    /// Readable when the worker has answered or died.
    [[nodiscard]] int result_fd() const { return worker_.answer_fd(); }
    /// Closes the stream, waits for the answer and reaps the worker. Throws the worker's error (NeedsLower keeps its
    /// type), or says how it died.
    UnpackResult finish();

  private:
    UnpackJob(WorkerProcess worker, UniqueFd input) : worker_{std::move(worker)}, input_{std::move(input)} {}
    WorkerProcess worker_;
    UniqueFd input_;
};

/// The role: standard input is the stream; descriptors are diff directory, tar split (or /dev/null), result channel,
/// lower directories. Returns the exit code.
int run_unpack_worker(const std::string& request);

/// The same in this process, without confinement: for tests, and for benchmarks that want to know what it costs.
UnpackResult unpack_stream(int input, const UnpackRequest& request);

} // namespace skiff::archive
