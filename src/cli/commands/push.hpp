#pragma once

#include "engine/copy_image.hpp"
#include "engine/push.hpp"
#include "engine/scp.hpp"
#include "model/create_request.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

/// How layers and manifests are written at the other end.
struct FormatArgs
{
    std::string manifest_format; ///< "oci", "v2s2"
    std::string compression;     ///< "gzip", "zstd"
    std::optional<std::int32_t> level;
    std::optional<bool> force_compression; ///< nothing: when a compression is named
};

/// Throws Error(Usage) for levels that the format does not have, and for combinations that cannot be.
engine::SendOptions make_send_options(const FormatArgs& format);

struct PushArgs
{
    std::vector<std::string> words; ///< the image, and perhaps where to
    PullOptions options;
    FormatArgs format;
    std::string digest_file;
    bool compress = false;
    bool quiet = false;
};

struct SaveArgs
{
    std::vector<std::string> images;
    std::string format = "docker-archive";
    std::string output;
    bool compress = false, uncompressed = false, multi_image = false, quiet = false;
};

struct ImageCopyArgs
{
    std::vector<std::string> words; ///< from, to
    PullOptions options;            ///< of both ends
    std::optional<std::string> source_credentials, destination_credentials;
    std::optional<bool> source_tls_verify, destination_tls_verify;
    std::string source_authfile, destination_authfile, source_cert_dir, destination_cert_dir;
    FormatArgs format;
    std::string multi_arch; ///< "system", "all", "index-only"
    std::string digest_file;
    bool all = false, preserve_digests = false, quiet = false;
};

struct ImageScpArgs
{
    std::vector<std::string> words; ///< from, perhaps to
    std::string format = "docker-archive";
    bool quiet = false;
};

} // namespace skiff::cli
