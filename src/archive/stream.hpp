#pragma once

#include "base/hash.hpp"
#include "base/unique_fd.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// Byte streams, pulled. Sources fill the caller's memory (so that a decompressor writes where the data is needed);
/// chunks lend theirs (so that the tar reader and the writing of files copy nothing).
namespace skiff::archive {

class ByteSource
{
  public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;
    /// Up to `room` bytes; 0 is the end. May return less than asked at any time.
    virtual std::size_t read(char* into, std::size_t room) = 0;
};

/// A descriptor, read to its end. Borrowed.
class FdSource : public ByteSource
{
  public:
    explicit FdSource(int fd) : fd_{fd} {}
    std::size_t read(char* into, std::size_t room) override;

  private:
    int fd_;
};

/// Bytes in memory, `at_most` per read (tests find what depends on where pieces end).
class MemorySource : public ByteSource
{
  public:
    explicit MemorySource(std::string_view data, std::size_t at_most = SIZE_MAX) : data_{data}, at_most_{at_most} {}
    std::size_t read(char* into, std::size_t room) override;

  private:
    std::string_view data_;
    std::size_t at_most_;
};

/// Hashes and counts what passes.
class HashingSource : public ByteSource
{
  public:
    explicit HashingSource(ByteSource& inner) : inner_{inner} {}
    std::size_t read(char* into, std::size_t room) override;
    [[nodiscard]] std::uint64_t size() const { return size_; }
    std::string finish_digest(); ///< "sha256:..."; once

  private:
    ByteSource& inner_;
    Sha256 hash_;
    std::uint64_t size_ = 0;
};

class ChunkSource
{
  public:
    ChunkSource() = default;
    ChunkSource(const ChunkSource&) = delete;
    ChunkSource& operator=(const ChunkSource&) = delete;
    virtual ~ChunkSource() = default;
    /// The next bytes, valid until the next call; empty is the end.
    virtual std::string_view next() = 0;
};

/// Chunks of a source, one buffer, the caller's thread.
class BufferedChunks : public ChunkSource
{
  public:
    explicit BufferedChunks(ByteSource& source, std::size_t buffer_bytes = 256U * 1024U);
    std::string_view next() override;

  private:
    ByteSource& source_;
    std::vector<char> buffer_;
};

/// Chunks of a source that a thread of its own reads ahead: decompression and the writing of files overlap.
/// What the source throws comes out of next().
class ReadAhead : public ChunkSource
{
  public:
    explicit ReadAhead(ByteSource& source, std::size_t buffer_bytes = 512U * 1024U, std::size_t buffers = 4);
    ~ReadAhead() override; ///< joins; a source that waits for a slow descriptor delays it
    std::string_view next() override;

  private:
    struct Slot
    {
        std::unique_ptr<char[]> data; // NOLINT(modernize-avoid-c-arrays): uninitialised on purpose
        std::size_t size = 0;
    };
    void fill();

    ByteSource& source_;
    std::size_t buffer_bytes_;
    std::vector<Slot> slots_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t filled_ = 0;   ///< slots that the thread has finished, ever
    std::size_t released_ = 0; ///< slots that the reader is done with, ever
    bool reading_ = false;     ///< the slot at released_ is lent
    bool ended_ = false;
    bool abandoned_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

/// Hashes and counts chunks that pass.
class HashingChunks : public ChunkSource
{
  public:
    explicit HashingChunks(ChunkSource& inner) : inner_{inner} {}
    std::string_view next() override;
    [[nodiscard]] std::uint64_t size() const { return size_; }
    std::string finish_digest(); ///< "sha256:..."; once

  private:
    ChunkSource& inner_;
    Sha256 hash_;
    std::uint64_t size_ = 0;
};

class ByteSink
{
  public:
    ByteSink() = default;
    ByteSink(const ByteSink&) = delete;
    ByteSink& operator=(const ByteSink&) = delete;
    virtual ~ByteSink() = default;
    virtual void write(std::string_view data) = 0;
    /// Puts out what is held back. Nothing may be written after it.
    virtual void finish() {}
};

/// A descriptor. Borrowed.
class FdSink : public ByteSink
{
  public:
    explicit FdSink(int fd) : fd_{fd} {}
    void write(std::string_view data) override;

  private:
    int fd_;
};

class StringSink : public ByteSink
{
  public:
    void write(std::string_view data) override { text_ += data; }
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

/// Hashes and counts what passes.
class HashingSink : public ByteSink
{
  public:
    explicit HashingSink(ByteSink& inner) : inner_{inner} {}
    void write(std::string_view data) override;
    void finish() override { inner_.finish(); }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    std::string finish_digest(); ///< "sha256:..."; once

  private:
    ByteSink& inner_;
    Sha256 hash_;
    std::uint64_t size_ = 0;
};

/// Everything to the end.
std::string read_all(ByteSource& source, std::size_t limit);

} // namespace skiff::archive
