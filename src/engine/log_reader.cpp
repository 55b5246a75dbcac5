#include "engine/log_reader.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <iterator>
#include <sys/stat.h>

namespace skiff::engine {
namespace {

using monitor::LogRecord;
using monitor::parse_record;

constexpr std::size_t block = 64U * 1024U;

std::optional<UniqueFd> find_log(const std::string& path)
{
    return find_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

struct stat look_at(int fd)
{
    struct stat status{};
    if (::fstat(fd, &status) != 0)
        throw Error{errno, "looking at a log"};
    return status;
}

bool is_same(const struct stat& one, const struct stat& other)
{
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

} // namespace

void LogReader::begin(const std::optional<std::size_t>& lines)
{
    files_ = open_generations();
    if (lines)
        skip_to_tail(*lines);
}

std::optional<LogRecord> LogReader::next()
{
    for (;;) {
        if (const std::size_t end = buffer_.find('\n', at_); end != std::string::npos) {
            const std::string_view line = std::string_view{buffer_}.substr(at_, end - at_);
            at_ = end + 1;
            if (auto record = parse_record(format_, line))
                return record;
            continue;
        }
        buffer_.erase(0, at_);
        at_ = 0;
        if (!fill())
            return std::nullopt;
    }
}

/// Oldest first. The current file is opened first: whatever is rotated in between is then read under its descriptor.
std::vector<UniqueFd> LogReader::open_generations() const
{
    std::vector<UniqueFd> generations;
    auto current = find_log(path_);
    auto older = find_log(path_ + ".1");
    if (older && !(current && is_same(look_at(older->get()), look_at(current->get()))))
        generations.push_back(std::move(*older));
    if (current)
        generations.push_back(std::move(*current));
    return generations;
}

/// Gets further bytes; false when there are none now.
bool LogReader::fill()
{
    for (;;) {
        if (files_.empty())
            files_ = open_generations();
        if (files_.empty())
            return false;
        if (read_piece())
            return true;
        if (files_.size() > 1) {
            files_.erase(files_.begin());
        } else if (was_rotated()) {
            if (read_piece()) // written between our look at its end and the rotation
                return true;
            move_on();
        } else {
            return false;
        }
    }
}

bool LogReader::read_piece()
{
    const int fd = files_.front().get();
    std::string piece(block, '\0');
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0)
        throw Error{errno, cat("reading ", quoted(path_))};
    if (got > 0) {
        buffer_.append(piece, 0, static_cast<std::size_t>(got));
        return true;
    }
    // Emptied by somebody (`truncate -s0`): what comes now begins at its start.
    if (look_at(fd).st_size < ::lseek(fd, 0, SEEK_CUR))
        ::lseek(fd, 0, SEEK_SET);
    return false;
}

/// From a rotated file to those that came after it: two of them when it was rotated twice.
void LogReader::move_on()
{
    const struct stat done = look_at(files_.front().get());
    files_ = open_generations();
    if (!files_.empty() && is_same(look_at(files_.front().get()), done))
        files_.erase(files_.begin());
}

/// The file that we read to its end is no longer the one that is written.
bool LogReader::was_rotated() const
{
    struct stat current{};
    return ::lstat(path_.c_str(), &current) == 0 && !is_same(look_at(files_.front().get()), current);
}

/// Looks for the place behind which `lines` full lines are left, from the end backwards through all files.
void LogReader::skip_to_tail(std::size_t lines)
{
    for (std::size_t number = files_.size(); number-- > 0;) {
        const int fd = files_[number].get();
        ::lseek(fd, find_tail(fd, lines), SEEK_SET);
        if (lines == 0) {
            files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(number));
            return;
        }
    }
}

/// The offset of the first of the last `lines` lines; what is missing stays in `lines`.
std::int64_t LogReader::find_tail(int fd, std::size_t& lines) const
{
    std::int64_t end = ::lseek(fd, 0, SEEK_END);
    std::int64_t line_end = end;
    std::string tail; // the bytes from `end` on that are not judged yet
    std::int64_t begin_of_kept = end;
    while (end > 0 || !tail.empty()) {
        const auto size = static_cast<std::size_t>(std::min<std::int64_t>(end, block));
        std::string piece(size, '\0');
        if (size > 0 && ::pread(fd, piece.data(), size, end - static_cast<std::int64_t>(size)) != static_cast<ssize_t>(size))
            break;
        end -= static_cast<std::int64_t>(size);
        tail.insert(0, piece);
        // Judge complete lines of `tail` from its end; the first one may lack its beginning unless the file begins there.
        while (!tail.empty()) {
            const std::size_t last = tail.back() == '\n' ? tail.size() - 1 : tail.size();
            const std::size_t before = last == 0 ? std::string::npos : tail.rfind('\n', last - 1);
            if (before == std::string::npos && end > 0)
                break;
            const std::size_t start = before == std::string::npos ? 0 : before + 1;
            const auto record = parse_record(format_, std::string_view{tail}.substr(start, last - start));
            const bool is_line = record && !record->is_partial;
            if (is_line && lines == 0)
                return begin_of_kept;
            if (is_line)
                --lines;
            line_end = end + static_cast<std::int64_t>(start);
            begin_of_kept = line_end;
            tail.resize(start);
        }
        if (end == 0)
            break;
    }
    return begin_of_kept;
}

} // namespace skiff::engine
