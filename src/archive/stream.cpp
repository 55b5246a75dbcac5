#include "archive/stream.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <cstring>

namespace skiff::archive {

std::size_t FdSource::read(char* into, std::size_t room)
{
    while (true) {
        const ssize_t got = ::read(fd_, into, room);
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EINTR)
            throw Error{errno, "reading a stream"};
    }
}

std::size_t MemorySource::read(char* into, std::size_t room)
{
    const std::size_t size = std::min({room, at_most_, data_.size()});
    std::memcpy(into, data_.data(), size);
    data_.remove_prefix(size);
    return size;
}

std::size_t HashingSource::read(char* into, std::size_t room)
{
    const std::size_t got = inner_.read(into, room);
    hash_.update({into, got});
    size_ += got;
    return got;
}

std::string HashingSource::finish_digest() { return cat("sha256:", hash_.finish_hex()); }

BufferedChunks::BufferedChunks(ByteSource& source, std::size_t buffer_bytes) : source_{source}, buffer_(buffer_bytes) {}

std::string_view BufferedChunks::next() { return {buffer_.data(), source_.read(buffer_.data(), buffer_.size())}; }

ReadAhead::ReadAhead(ByteSource& source, std::size_t buffer_bytes, std::size_t buffers)
    : source_{source}, buffer_bytes_{buffer_bytes}, slots_(buffers)
{
    for (Slot& slot : slots_)
        slot.data.reset(new char[buffer_bytes]); // not make_unique: it would clear two megabytes for nothing
    thread_ = std::thread{[this] { fill(); }};
}

ReadAhead::~ReadAhead()
{
    {
        const std::lock_guard lock{mutex_};
        abandoned_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void ReadAhead::fill()
{
    while (true) {
        Slot* slot = nullptr;
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [&] { return abandoned_ || filled_ - released_ < slots_.size(); });
            if (abandoned_)
                return;
            slot = &slots_[filled_ % slots_.size()];
        }
        std::exception_ptr failure;
        slot->size = 0;
        bool ended = false;
        try {
            // A pipe gives 64 KiB at a time; full slots keep the number of wake-ups and of small writes down.
            while (slot->size < buffer_bytes_ && !ended) {
                const std::size_t got = source_.read(slot->data.get() + slot->size, buffer_bytes_ - slot->size);
                slot->size += got;
                ended = got == 0;
            }
        } catch (...) { // it leaves through next(), after what came before it
            failure = std::current_exception();
            ended = true;
        }
        {
            const std::lock_guard lock{mutex_};
            if (slot->size > 0)
                ++filled_;
            ended_ = ended;
            failure_ = failure;
        }
        changed_.notify_all();
        if (ended)
            return;
    }
}

std::string_view ReadAhead::next()
{
    std::unique_lock lock{mutex_};
    if (reading_) {
        ++released_;
        reading_ = false;
        changed_.notify_all();
    }
    changed_.wait(lock, [&] { return filled_ > released_ || ended_; });
    if (filled_ > released_) {
        reading_ = true;
        const Slot& slot = slots_[released_ % slots_.size()];
        return {slot.data.get(), slot.size};
    }
    if (failure_)
        std::rethrow_exception(failure_);
    return {};
}

std::string_view HashingChunks::next()
{
    const std::string_view chunk = inner_.next();
    hash_.update(chunk);
    size_ += chunk.size();
    return chunk;
}

std::string HashingChunks::finish_digest() { return cat("sha256:", hash_.finish_hex()); }

void FdSink::write(std::string_view data) { write_all(fd_, data, "a stream"); }

void HashingSink::write(std::string_view data)
{
    hash_.update(data);
    size_ += data.size();
    inner_.write(data);
}

std::string HashingSink::finish_digest() { return cat("sha256:", hash_.finish_hex()); }

std::string read_all(ByteSource& source, std::size_t limit)
{
    std::string all;
    std::string buffer(64U * 1024U, '\0');
    while (const std::size_t got = source.read(buffer.data(), buffer.size())) {
        if (all.size() + got > limit)
            throw Error{ErrorKind::Failure, cat("a stream has more than ", limit, " bytes")};
        all.append(buffer, 0, got);
    }
    return all;
}

} // namespace skiff::archive
