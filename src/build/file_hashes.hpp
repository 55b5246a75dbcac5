#pragma once

#include <cstdint>
#include <string>
#include <sys/stat.h>
#include <unordered_map>

namespace skiff::build {

/// The sha256 of files that were read before, so that a context of many files is not read again. A file counts as unchanged
/// while device, inode, size, mtime and ctime are; one that changed within the clock's last ticks is not remembered
/// (it may change again without a trace).
class FileHashes
{
  public:
    /// Reads what save() wrote; a damaged or missing file is an empty one.
    static FileHashes load(int dir, const std::string& name);
    /// By rename; failures are logged and forgotten: it is a cache.
    void save(int dir, const std::string& name) const;

    /// Reads the file unless it is known. `fd` is a regular file opened for reading.
    std::string hash(int fd, const struct stat& status);
    [[nodiscard]] bool has_news() const { return has_news_; }
    /// Of this process: files that had to be read.
    [[nodiscard]] std::uint64_t files_read() const { return files_read_; }

  private:
    struct Key
    {
        std::uint64_t device, inode, size;
        std::int64_t modified_ns, changed_ns;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash
    {
        std::size_t operator()(const Key& key) const;
    };
    struct Record
    {
        unsigned char digest[32];
        bool used; ///< in this process: what nobody asks for any more is dropped when the cache is large
    };

    std::unordered_map<Key, Record, KeyHash> records_;
    bool has_news_ = false;
    std::uint64_t files_read_ = 0;
};

} // namespace skiff::build
