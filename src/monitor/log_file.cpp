#include "monitor/log_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <cstdio>

namespace skiff::monitor {

LogFile::LogFile(const LogConfig& config, const std::string& path)
    : format_{find_log_format(config.driver)}, path_{path}, max_size_{config.max_size == 0 ? default_log_size : config.max_size}
{
    if (format_)
        open();
}

void LogFile::open()
{
    // O_NOFOLLOW: the directory is ours, but --log-opt path= may name one that others can write to (R52).
    fd_ = open_at(AT_FDCWD, path_, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error{ErrorKind::Failure, cat("opening the log ", quoted(path_), ": not a regular file")};
    size_ = status.st_size;
}

void LogFile::rotate()
{
    const std::string old = path_ + ".1";
    if (::rename(path_.c_str(), old.c_str()) == 0)
        open();
}

void LogFile::put(bool is_error, bool is_partial, std::string_view text)
{
    const std::string record = format_record(*format_, {wall_now(), is_error, is_partial, std::string{text}});
    if (max_size_ > 0 && size_ + static_cast<std::int64_t>(batch_.size() + record.size()) > max_size_)
        flush();
    batch_ += record;
    batch_text_ += text.size() + (is_partial ? 0 : 1);
}

void LogFile::write(Stream stream, std::string_view bytes)
{
    if (!format_)
        return;
    const bool is_error = stream == Stream::Stderr;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const bool partial = end == std::string_view::npos;
        put(is_error, partial, bytes.substr(0, end));
        bytes.remove_prefix(partial ? bytes.size() : end + 1);
    }
    flush();
}

void LogFile::append(const std::string& records)
{
    if (max_size_ > 0 && size_ > 0 && size_ + static_cast<std::int64_t>(records.size()) > max_size_)
        rotate();
    try {
        write_all(fd_.get(), records, path_);
    } catch (const Error&) {
        (void)!::ftruncate(fd_.get(), size_); // no half a record
        throw;
    }
    size_ += static_cast<std::int64_t>(records.size());
}

void LogFile::flush()
{
    if ((batch_.empty() && lost_ == 0) || !fd_)
        return;
    try {
        if (lost_ > 0) {
            const std::string gap = cat("skiff: ", lost_, " bytes of output are missing here: ", lost_why_);
            append(format_record(*format_, {wall_now(), true, false, gap}));
            lost_ = 0;
        }
        append(batch_);
    } catch (const Error& error) {
        if (lost_ == 0)
            log::warn(cat("the log of this container has gaps: ", error.message()));
        lost_ += batch_text_;
        lost_why_ = error.message();
    }
    batch_.clear();
    batch_text_ = 0;
}

/// The last chance to tell of a gap.
LogFile::~LogFile() { flush(); }

} // namespace skiff::monitor
