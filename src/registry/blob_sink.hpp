#pragma once

#include "oci/digest.hpp"
#include "registry/image_source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff::registry {

/// The writing end of one BlobRequest. Never blocks: what the pipe does not take is kept, and nothing more is taken
/// until that is gone.
class BlobSink
{
  public:
    /// Opens the request's sink. `is_wanted` is false when the request does not want its bytes any more.
    explicit BlobSink(const BlobRequest& request);
    [[nodiscard]] bool is_wanted() const { return static_cast<bool>(fd_); }

    /// All of `data`, or false for nothing of it. EPIPE is an Error.
    bool take(std::string_view data);
    /// Copies up to `limit` bytes of `file` from `offset` on without a detour through our memory, where that is
    /// possible. Returns how many; 0: no room.
    std::size_t take_from(int file, std::uint64_t offset, std::size_t limit);
    /// Writes what was kept. True: there is room.
    bool flush();
    [[nodiscard]] int blocked_fd() const { return pending_.empty() ? -1 : fd_.get(); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::uint64_t taken() const { return taken_; }

    /// Everything was written: checks size and digest, closes, and calls on_complete.
    void finish();

  private:
    std::size_t write_some(std::string_view data);

    const BlobRequest& request_;
    UniqueFd fd_;
    std::string pending_;
    std::uint64_t taken_ = 0;
    std::optional<oci::DigestVerifier> verifier_;
};

/// While it lives, writing into a pipe without reader (by us or by libcurl's TLS library) is EPIPE and no signal for
/// this thread.
class IgnoreSigpipe
{
  public:
    IgnoreSigpipe();
    ~IgnoreSigpipe();
    IgnoreSigpipe(const IgnoreSigpipe&) = delete;
    IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;

  private:
    bool was_blocked_;
    bool was_pending_;
};

} // namespace skiff::registry
