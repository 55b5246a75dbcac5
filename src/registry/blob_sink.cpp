#include "registry/blob_sink.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace skiff::registry {
namespace {

constexpr int pipe_bytes = 1 << 20; // fewer turns of the loop than with the default of 64 KiB

sigset_t sigpipe_only()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

bool sigpipe_is_pending()
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

} // namespace

BlobSink::BlobSink(const BlobRequest& request) : request_{request}, fd_{request.open_sink()}
{
    if (!fd_)
        return;
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK) != 0)
        throw Error{errno, cat("preparing the way of blob ", request.descriptor.digest.text())};
    (void)::fcntl(fd_.get(), F_SETPIPE_SZ, pipe_bytes); // a file, or over the user's limit: as it is
    if (request.verify == Verify::Here)
        verifier_.emplace(request.descriptor.digest);
}

std::size_t BlobSink::write_some(std::string_view data)
{
    std::size_t done = 0;
    while (done < data.size()) {
        const ssize_t put = ::write(fd_.get(), data.data() + done, data.size() - done);
        if (put >= 0)
            done += static_cast<std::size_t>(put);
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            throw Error{errno, cat("handing on blob ", request_.descriptor.digest.text())};
    }
    return done;
}

bool BlobSink::take(std::string_view data)
{
    if (!flush())
        return false;
    pending_ = data.substr(write_some(data));
    if (verifier_)
        verifier_->update(data);
    taken_ += data.size();
    return true;
}

std::size_t BlobSink::take_from(int file, std::uint64_t offset, std::size_t limit)
{
    if (!verifier_) {
        auto position = static_cast<off_t>(offset);
        const ssize_t sent = ::sendfile(fd_.get(), file, &position, limit);
        if (sent >= 0) {
            taken_ += static_cast<std::uint64_t>(sent);
            if (sent == 0)
                throw Error{ErrorKind::Failure, cat("blob ", request_.descriptor.digest.text(), ": unexpected EOF")};
            return static_cast<std::size_t>(sent);
        }
        if (errno == EAGAIN || errno == EINTR)
            return 0;
        if (errno != EINVAL && errno != ENOSYS) // file systems without splice are read by hand
            throw Error{errno, cat("handing on blob ", request_.descriptor.digest.text())};
    }
    if (!flush())
        return 0;
    std::array<char, 128U << 10U> buffer; // NOLINT: filled by pread
    const ssize_t got = ::pread(file, buffer.data(), std::min(limit, buffer.size()), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
        return 0;
    if (got < 0)
        throw Error{errno, cat("reading blob ", request_.descriptor.digest.text())};
    if (got == 0)
        throw Error{ErrorKind::Failure, cat("blob ", request_.descriptor.digest.text(), ": unexpected EOF")};
    take({buffer.data(), static_cast<std::size_t>(got)});
    return static_cast<std::size_t>(got);
}

bool BlobSink::flush()
{
    pending_.erase(0, write_some(pending_));
    return pending_.empty();
}

void BlobSink::finish()
{
    const oci::Descriptor& descriptor = request_.descriptor;
    if (taken_ != descriptor.size)
        throw Error{ErrorKind::Failure,
                    cat("blob ", descriptor.digest.text(), " has ", taken_, " bytes instead of ", descriptor.size)};
    if (verifier_)
        verifier_->verify(cat("blob ", descriptor.digest.text()));
    fd_.reset();
    if (request_.on_complete)
        request_.on_complete();
}

IgnoreSigpipe::IgnoreSigpipe() : was_pending_{sigpipe_is_pending()}
{
    const sigset_t set = sigpipe_only();
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    was_blocked_ = sigismember(&before, SIGPIPE) == 1;
}

IgnoreSigpipe::~IgnoreSigpipe()
{
    const sigset_t set = sigpipe_only();
    if (!was_pending_ && sigpipe_is_pending()) { // ours: take it away before it is let through
        const timespec now{};
        ::sigtimedwait(&set, nullptr, &now);
    }
    if (!was_blocked_)
        ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

} // namespace skiff::registry
