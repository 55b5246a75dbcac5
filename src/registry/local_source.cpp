#include "registry/local_source.hpp"

#include "base/error.hpp"
#include "oci/document.hpp"
#include "registry/blob_sink.hpp"
#include "registry/resolve_document.hpp"

#include <algorithm>
#include <poll.h>

namespace skiff::registry {
namespace {

constexpr std::size_t parallel_blobs = 6;
constexpr std::size_t bytes_per_turn = 1U << 20U;

/// One blob on its way from the disk to its reader.
struct Copy
{
    std::size_t index;
    FilePiece piece;
    std::unique_ptr<BlobSink> sink;
    std::uint64_t done = 0;

    /// Moves on as far as there is room. False: nothing moved.
    bool advance()
    {
        if (done == piece.size)
            return sink->flush();
        const std::size_t step = std::min<std::uint64_t>(bytes_per_turn, piece.size - done);
        const std::size_t taken = sink->take_from(piece.file->get(), piece.offset + done, step);
        done += taken;
        return taken > 0;
    }
    [[nodiscard]] bool is_done() const { return done == piece.size && sink->blocked_fd() < 0; }
};

class LocalSource final : public ImageSource
{
  public:
    LocalSource(LocalImage image, int cancel_fd) : image_{std::move(image)}, cancel_fd_{cancel_fd} {}

    ImageDocument resolve(const oci::Platform& platform) override;
    RawDocument read_document() override
    {
        return {image_.document, oci::media_type_of_document(image_.document, image_.document_type)};
    }
    ImageDocument resolve_part(const oci::Descriptor& part) override;
    void fetch(std::span<BlobRequest> requests, ProgressListener& progress) override;
    [[nodiscard]] std::string shown_name() const override { return image_.shown; }

  private:
    [[nodiscard]] DocumentReader reader() const;
    [[nodiscard]] FilePiece piece_of(const oci::Descriptor& descriptor) const;
    [[nodiscard]] std::optional<Copy> start(std::size_t index, const BlobRequest& request) const;
    void wait(const std::vector<Copy>& active, bool until_room) const;

    LocalImage image_;
    int cancel_fd_;
};

FilePiece LocalSource::piece_of(const oci::Descriptor& descriptor) const
{
    const auto piece = image_.find_blob(descriptor.digest);
    if (!piece)
        throw Error{ENOENT, cat("reading blob ", descriptor.digest.text(), " of ", image_.shown)};
    if (piece->size != descriptor.size)
        throw Error{ErrorKind::Failure, cat("blob ", descriptor.digest.text(), " of ", image_.shown, " has ",
                                            piece->size, " bytes instead of ", descriptor.size)};
    return *piece;
}

DocumentReader LocalSource::reader() const
{
    DocumentReader reader;
    reader.manifest = [this](const oci::Descriptor& descriptor) {
        return DocumentReader::Found{read_piece(piece_of(descriptor), oci::max_manifest_bytes, descriptor.digest.text()),
                                     descriptor.media_type};
    };
    reader.config = [this](const oci::Descriptor& descriptor) {
        return read_piece(piece_of(descriptor), oci::max_config_bytes, descriptor.digest.text());
    };
    return reader;
}

ImageDocument LocalSource::resolve(const oci::Platform& platform)
{
    return while_doing(cat("initializing source ", image_.shown), [&] {
        ImageDocument document =
            resolve_document(reader(), {image_.document, image_.document_type}, platform, image_.shown);
        document.names = image_.names;
        return document;
    });
}

ImageDocument LocalSource::resolve_part(const oci::Descriptor& part)
{
    return while_doing(cat("initializing source ", image_.shown), [&] {
        return resolve_part_of_index(reader(), part, image_.shown);
    });
}

std::optional<Copy> LocalSource::start(std::size_t index, const BlobRequest& request) const
{
    Copy copy{index, piece_of(request.descriptor), std::make_unique<BlobSink>(request)};
    if (!copy.sink->is_wanted())
        return std::nullopt;
    return copy;
}

void LocalSource::wait(const std::vector<Copy>& active, bool until_room) const
{
    std::vector<pollfd> requests{{cancel_fd_, POLLIN, 0}}; // poll ignores -1
    if (until_room)
        for (const Copy& copy : active)
            requests.push_back({copy.sink->fd(), POLLOUT, 0});
    while (::poll(requests.data(), requests.size(), until_room ? -1 : 0) < 0 && errno == EINTR) {
    }
    if (requests[0].revents != 0)
        throw Error{ErrorKind::Failure, ECANCELED, "the transfer was cancelled"};
}

void LocalSource::fetch(std::span<BlobRequest> requests, ProgressListener& progress)
{
    const IgnoreSigpipe no_signals;
    std::vector<Copy> active;
    std::size_t next = 0;
    while (next < requests.size() || !active.empty()) {
        for (; next < requests.size() && active.size() < parallel_blobs; ++next)
            if (auto copy = start(next, requests[next]))
                active.push_back(std::move(*copy));
        bool anything_moved = active.empty();
        for (Copy& copy : active) {
            anything_moved = copy.advance() || anything_moved;
            progress.progress(requests[copy.index].descriptor.digest, copy.done, copy.piece.size);
            if (copy.is_done())
                copy.sink->finish();
        }
        std::erase_if(active, [](const Copy& copy) { return copy.is_done(); });
        wait(active, !anything_moved);
    }
}

} // namespace

std::unique_ptr<ImageSource> open_local_image(LocalImage image, int cancel_fd)
{
    return std::make_unique<LocalSource>(std::move(image), cancel_fd);
}

} // namespace skiff::registry
