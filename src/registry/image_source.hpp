#pragma once

#include "base/unique_fd.hpp"
#include "oci/descriptor.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Where images come from: registries, and archives and directories in four formats, behind one seam.
namespace skiff::registry {

/// What an image is, before any layer was fetched. Everything here is checked: digests, sizes, media types, limits.
struct ImageDocument
{
    std::string manifest_bytes;
    oci::Manifest manifest;
    oci::Digest manifest_digest;
    std::optional<oci::Digest> index_digest; ///< of the index through which the manifest was chosen
    std::string index_bytes;
    std::string config_bytes;
    oci::ImageConfig config;
    std::vector<oci::Reference> names; ///< that an archive gives the image; full names
    /// A part of an index that is no image of files (an attestation, an artifact): only descriptors were read, of
    /// whatever types, and `config` is empty. It can be copied as it is.
    bool is_opaque = false;
};

/// Who compares a blob with its digest.
enum class Verify
{
    Here,   ///< fetch() does, and fails when they differ; by then the sink has had the bytes
    Reader, ///< whoever reads the sink hashes anyway, as the unpack worker does
};

/// One blob that is wanted.
struct BlobRequest
{
    oci::Descriptor descriptor;
    /// Called when the transfer begins (only some run at once): where the bytes go, a pipe or file, written without
    /// blocking and closed at the end. An empty UniqueFd: the blob is not wanted any more.
    std::function<UniqueFd()> open_sink;
    /// Called when the last byte is written and the sink is closed.
    std::function<void()> on_complete = {};
    Verify verify = Verify::Here;
};

class ProgressListener
{
  public:
    virtual ~ProgressListener() = default;
    /// `done` of `total` bytes of the blob have come; often, from the thread that called fetch().
    virtual void progress(const oci::Digest& blob, std::uint64_t done, std::uint64_t total) = 0;
};

/// A manifest or an index, as it came.
struct RawDocument
{
    std::string bytes;
    std::string media_type;
};

class ImageSource
{
  public:
    virtual ~ImageSource() = default;
    /// Manifest and configuration of the image for `platform`.
    virtual ImageDocument resolve(const oci::Platform& platform) = 0;
    /// What the source's name stands for, before anything is chosen from it: of one image, its manifest.
    virtual RawDocument read_document();
    /// One of the images that read_document()'s index names; it has been called before.
    virtual ImageDocument resolve_part(const oci::Descriptor& part);
    /// Brings the blobs, several at once, in this thread. Exactly descriptor.size bytes reach each sink, or it throws:
    /// EPIPE when a sink's reader has gone (ask it why), ECANCELED when the caller's cancel descriptor became readable.
    virtual void fetch(std::span<BlobRequest> requests, ProgressListener& progress) = 0;
    /// For messages: "docker://debian:12", "oci-archive:/tmp/x.tar".
    [[nodiscard]] virtual std::string shown_name() const = 0;
};

} // namespace skiff::registry
