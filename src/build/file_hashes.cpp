#include "build/file_hashes.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"

#include <array>
#include <cstring>
#include <ctime>
#include <unistd.h>
#include <vector>

namespace skiff::build {
namespace {

constexpr std::string_view magic = "skiff file hashes 1\n";
constexpr std::size_t max_records = 1'000'000;
constexpr std::size_t record_bytes = 5 * 8 + 32;

std::int64_t nanoseconds(const struct timespec& time) { return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

std::int64_t now_ns()
{
    struct timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now);
}

unsigned char from_hex(char c) { return static_cast<unsigned char>(c <= '9' ? c - '0' : c - 'a' + 10); }

std::string to_hex(const unsigned char (&digest)[32])
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

} // namespace

std::size_t FileHashes::KeyHash::operator()(const Key& key) const
{
    std::size_t hash = key.inode * 0x9e3779b97f4a7c15U;
    hash ^= static_cast<std::size_t>(key.modified_ns) + (hash << 6U) + (hash >> 2U);
    return hash ^ key.size ^ key.device;
}

FileHashes FileHashes::load(int dir, const std::string& name)
{
    FileHashes hashes;
    const std::optional<std::string> data = find_file(dir, name, max_records * record_bytes + magic.size());
    if (!data || !data->starts_with(magic) || (data->size() - magic.size()) % record_bytes != 0)
        return hashes;
    hashes.records_.reserve((data->size() - magic.size()) / record_bytes);
    for (std::size_t at = magic.size(); at < data->size(); at += record_bytes) {
        std::array<std::uint64_t, 5> numbers{};
        std::memcpy(numbers.data(), data->data() + at, sizeof numbers);
        Record record{};
        std::memcpy(record.digest, data->data() + at + sizeof numbers, sizeof record.digest);
        hashes.records_.emplace(Key{numbers[0], numbers[1], numbers[2], static_cast<std::int64_t>(numbers[3]), static_cast<std::int64_t>(numbers[4])}, record);
    }
    return hashes;
}

void FileHashes::save(int dir, const std::string& name) const
{
    const bool is_large = records_.size() > max_records / 2;
    std::string data{magic};
    data.reserve(magic.size() + records_.size() * record_bytes);
    std::size_t count = 0;
    for (const auto& [key, record] : records_) {
        if ((is_large && !record.used) || count++ >= max_records)
            continue;
        const std::array<std::uint64_t, 5> numbers{key.device, key.inode, key.size, static_cast<std::uint64_t>(key.modified_ns), static_cast<std::uint64_t>(key.changed_ns)};
        data.append(reinterpret_cast<const char*>(numbers.data()), sizeof numbers);
        data.append(reinterpret_cast<const char*>(record.digest), sizeof record.digest);
    }
    try {
        save_atomically(dir, name, data, Durability::None);
    } catch (const Error& error) {
        log::debug(cat("saving hashes of files: ", error.message(), "; ignored"));
    }
}

std::string FileHashes::hash(int fd, const struct stat& status)
{
    const Key key{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
    if (const auto found = records_.find(key); found != records_.end()) {
        found->second.used = true;
        return to_hex(found->second.digest);
    }

    Sha256 sha;
    std::vector<char> buffer(256U * 1024U);
    for (;;) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw Error{errno, "reading a file"};
        if (count == 0)
            break;
        sha.update({buffer.data(), static_cast<std::size_t>(count)});
    }
    ++files_read_;
    const std::string hex = sha.finish_hex();

    constexpr std::int64_t clock_tick_ns = 2'000'000'000; // file systems that count seconds, two of them on FAT
    struct stat after{};
    const bool is_settled = ::fstat(fd, &after) == 0 && nanoseconds(after.st_mtim) == key.modified_ns && nanoseconds(after.st_ctim) == key.changed_ns &&
                            now_ns() - std::max(key.modified_ns, key.changed_ns) > clock_tick_ns;
    if (is_settled) {
        Record record{};
        for (std::size_t i = 0; i < sizeof record.digest; ++i)
            record.digest[i] = static_cast<unsigned char>(from_hex(hex[2 * i]) << 4U | from_hex(hex[2 * i + 1]));
        record.used = true;
        records_.emplace(key, record);
        has_news_ = true;
    }
    return hex;
}

} // namespace skiff::build
