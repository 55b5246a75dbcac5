#pragma once

#include "archive/stream.hpp"
#include "oci/descriptor.hpp"
#include "oci/reference.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Where images go: registries, and archives and directories in four formats, behind one seam. The counterpart of
/// image_source.hpp.
namespace skiff::registry {

struct BlobFacts
{
    oci::Digest digest;
    std::uint64_t size = 0; ///< bytes
};

/// The bytes of one blob, made while they are read.
class BlobReader : public archive::ByteSource
{
  public:
    /// At the end of the bytes: what they were, as whoever made them has counted. Throws what went wrong over there.
    virtual BlobFacts finish() = 0;
};

/// One blob that is to be sent.
struct OutgoingBlob
{
    std::optional<BlobFacts> known; ///< when it is known before all bytes have been read
    std::uint64_t expected_size = 0; ///< for progress; 0: unknown
    /// From byte `skip` on; may be called again when a transfer broke. The bytes are the same each time.
    std::function<std::unique_ptr<BlobReader>(std::uint64_t skip)> open;
    std::function<void(std::uint64_t done)> progress;
};

/// What a destination does with layers when nobody says otherwise.
enum class LayerForm
{
    Kept,       ///< as the source has them
    Plain,      ///< uncompressed
    Compressed, ///< those that are not, by gzip
};

class ImageDestination
{
  public:
    ImageDestination() = default;
    ImageDestination(const ImageDestination&) = delete;
    ImageDestination& operator=(const ImageDestination&) = delete;
    virtual ~ImageDestination() = default; ///< what was not committed goes away, as far as that is possible

    [[nodiscard]] virtual LayerForm layer_form() const = 0;
    /// The kind of manifest that it can hold, where it is one kind only: "oci" or "docker"; empty: any.
    [[nodiscard]] virtual std::string manifest_kind() const { return {}; }
    /// Whether several images for several platforms under one name are possible.
    [[nodiscard]] virtual bool takes_indexes() const { return true; }
    /// How many blobs may be sent at once, by as many threads.
    [[nodiscard]] virtual unsigned parallel() const { return 6; }
    /// "host[:port]/path" of a registry's repository; empty elsewhere.
    [[nodiscard]] virtual std::string repository() const { return {}; }

    /// Whether the blob is there already, or can be had without sending it, from one of `repositories` of the same
    /// registry. Several threads at once.
    virtual bool find_blob(const oci::Descriptor& blob, const std::vector<std::string>& repositories) = 0;
    /// Several threads at once, unless parallel() is 1.
    virtual BlobFacts put_blob(const OutgoingBlob& blob) = 0;
    /// The configuration; most destinations hold it as a blob like any other.
    virtual void put_config(const std::string& bytes);
    /// A manifest or index. `is_part`: an index will name it; else it is what the destination's name stands for.
    virtual void put_manifest(const std::string& bytes, const std::string& media_type, bool is_part) = 0;
    /// Nobody sees anything of the image before this.
    virtual void commit() {}
    [[nodiscard]] virtual std::string shown_name() const = 0;
};

/// Reads a blob to its end, in pieces.
void copy_blob(BlobReader& reader, const std::function<void(std::string_view)>& sink);
/// A blob of a few bytes.
OutgoingBlob make_memory_blob(const std::string& data);

} // namespace skiff::registry
