// An image of a registry, an archive or a directory as one that goes out again: a part of outgoing_image.hpp.
//
// A source pushes bytes into pipes and a destination pulls them, each in a loop of its own, so every blob on its way has
// a thread that runs the source.

#include "engine/outgoing_image.hpp"

#include "archive/layer_worker.hpp"
#include "base/error.hpp"

#include <array>
#include <exception>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace skiff::engine {
namespace {

using registry::BlobFacts;
using registry::BlobReader;
using registry::ImageSource;

class NoProgress final : public registry::ProgressListener
{
  public:
    void progress(const oci::Digest& /*blob*/, std::uint64_t /*done*/, std::uint64_t /*total*/) override {}
};

/// Sources that are not in use just now.
class SourcePool
{
  public:
    SourcePool(std::shared_ptr<ImageSource> first, OpenSource open_another)
        : first_{std::move(first)}, open_another_{std::move(open_another)}
    {
        if (open_another_)
            idle_.push_back(first_);
    }
    std::shared_ptr<ImageSource> take()
    {
        if (!open_another_)
            return first_;
        {
            const std::lock_guard guard{mutex_};
            if (!idle_.empty()) {
                auto source = std::move(idle_.back());
                idle_.pop_back();
                return source;
            }
        }
        return open_another_();
    }
    void give_back(std::shared_ptr<ImageSource> source)
    {
        const std::lock_guard guard{mutex_};
        if (open_another_)
            idle_.push_back(std::move(source));
    }

  private:
    std::shared_ptr<ImageSource> first_;
    OpenSource open_another_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<ImageSource>> idle_;
};

/// One blob, fetched by a thread of its own.
class Transfer
{
  public:
    Transfer(SourcePool& pool, oci::Descriptor descriptor) : pool_{pool}, descriptor_{std::move(descriptor)}
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw Error{errno, "making a pipe"};
        read_end_.reset(ends[0]);
        write_end_.reset(ends[1]);
        (void)::fcntl(write_end_.get(), F_SETPIPE_SZ, 1 << 20); // refused when the user has many pipes: only slower
        thread_ = std::thread{[this] { run(); }};
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer()
    {
        read_end_.reset(); // the thread meets EPIPE
        if (thread_.joinable())
            thread_.join();
    }
    [[nodiscard]] int fd() const { return read_end_.get(); }
    [[nodiscard]] const oci::Descriptor& descriptor() const { return descriptor_; }
    void close_here() { read_end_.reset(); } ///< somebody else has the read end
    /// At the end of the bytes. Throws what the source met.
    void finish()
    {
        thread_.join();
        if (failure_)
            std::rethrow_exception(failure_);
    }

  private:
    void run()
    {
        try {
            auto source = pool_.take();
            NoProgress nobody;
            registry::BlobRequest request;
            request.descriptor = descriptor_;
            request.open_sink = [this] { return std::move(write_end_); };
            source->fetch({&request, 1}, nobody);
            pool_.give_back(std::move(source));
        } catch (...) {
            failure_ = std::current_exception();
        }
        write_end_.reset();
    }

    SourcePool& pool_;
    oci::Descriptor descriptor_;
    UniqueFd read_end_;
    UniqueFd write_end_;
    std::exception_ptr failure_;
    std::thread thread_;
};

class TransferReader final : public BlobReader
{
  public:
    TransferReader(SourcePool& pool, const oci::Descriptor& descriptor, std::uint64_t skip)
        : transfer_{pool, descriptor}, bytes_{transfer_.fd()}, skip_{skip}
    {
    }
    std::size_t read(char* into, std::size_t room) override
    {
        while (skip_ > 0) {
            const std::size_t size = bytes_.read(into, std::min<std::uint64_t>(room, skip_));
            if (size == 0)
                return 0;
            skip_ -= size;
        }
        return bytes_.read(into, room);
    }
    BlobFacts finish() override
    {
        transfer_.finish(); // the source has compared digest and size
        return {transfer_.descriptor().digest, transfer_.descriptor().size};
    }

  private:
    Transfer transfer_;
    archive::FdSource bytes_;
    std::uint64_t skip_;
};

/// What a worker makes of what a source brings.
class ConvertingReader final : public BlobReader
{
  public:
    ConvertingReader(SourcePool& pool, const oci::Descriptor& descriptor, archive::LayerRequest request)
        : transfer_{pool, descriptor}, job_{start(std::move(request))}, bytes_{job_.output_fd()}
    {
    }
    std::size_t read(char* into, std::size_t room) override { return bytes_.read(into, room); }
    BlobFacts finish() override
    {
        std::optional<archive::LayerResult> result;
        std::exception_ptr job_failure;
        try {
            result = job_.finish();
        } catch (const Error&) {
            job_failure = std::current_exception();
        }
        try {
            transfer_.finish();
        } catch (const Error& error) { // when the worker gave up, its own words are the reason
            if (!job_failure || error.errno_value() != EPIPE)
                throw;
        }
        if (job_failure)
            std::rethrow_exception(job_failure);
        return {oci::Digest::parse(result->digest), result->size};
    }

  private:
    archive::LayerJob start(archive::LayerRequest request)
    {
        request.input = transfer_.fd();
        archive::LayerJob job = archive::LayerJob::start(request);
        transfer_.close_here();
        return job;
    }

    Transfer transfer_;
    archive::LayerJob job_;
    archive::FdSource bytes_;
};

class ForeignImage final : public OutgoingImage
{
  public:
    ForeignImage(std::shared_ptr<ImageSource> source, const registry::ImageDocument& document, OpenSource open_another,
                 std::string repository)
        : pool_{std::move(source), std::move(open_another)}, repository_{std::move(repository)}
    {
        manifest_bytes_ = document.manifest_bytes;
        manifest_ = document.manifest;
        config_bytes_ = document.config_bytes;
        diff_ids_ = document.config.diff_ids;
        is_opaque_ = document.is_opaque;
    }
    [[nodiscard]] bool has_original(std::size_t /*layer*/) const override { return true; }
    [[nodiscard]] std::optional<std::uint64_t> plain_size(std::size_t layer) const override
    {
        const oci::Descriptor& descriptor = manifest_.layers[layer];
        return descriptor.digest == diff_ids_[layer] ? std::optional{descriptor.size} : std::nullopt;
    }
    [[nodiscard]] std::string repository() const override { return repository_; }
    std::unique_ptr<BlobReader> open(std::size_t layer, const LayerCoding& coding, std::uint64_t skip) override
    {
        const oci::Descriptor& descriptor = manifest_.layers[layer];
        if (coding.original)
            return std::make_unique<TransferReader>(pool_, descriptor, skip);
        archive::LayerRequest request;
        request.compression = coding.compression;
        request.level = coding.level;
        request.diff_id = diff_ids_[layer].text();
        request.skip = skip;
        request.title = descriptor.digest.hex.substr(0, 12);
        return std::make_unique<ConvertingReader>(pool_, descriptor, std::move(request));
    }

  private:
    SourcePool pool_;
    std::string repository_;
};

} // namespace

std::unique_ptr<OutgoingImage> open_foreign_image(std::shared_ptr<ImageSource> source,
                                                  const registry::ImageDocument& document, OpenSource open_another,
                                                  std::string repository)
{
    return std::make_unique<ForeignImage>(std::move(source), document, std::move(open_another), std::move(repository));
}

} // namespace skiff::engine
