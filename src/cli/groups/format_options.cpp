#include "cli/groups/format_options.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/values.hpp"

namespace skiff::cli {
namespace {

constexpr std::string_view no_signing = "signing images is not built yet";

constexpr Option format[] = {
    option<&FormatArgs::compression>("compression-format", 0, "gzip|zstd", "Compress layers in this format")
        .suggests("gzip, zstd")
        .defaults("gzip"),
    option<&FormatArgs::level>("compression-level", 0, "LEVEL", "How hard to compress: gzip 1 to 9 (default 6), zstd 1 to 20 (default 3)"),
    option<&FormatArgs::force_compression>(
        "force-compression", 0, "",
        "Compress again what is there in another form (default: when --compression-format is given)"),
    option<&FormatArgs::manifest_format>("format", 'f', "oci|v2s2", "Kind of manifest (default: as the image has it)")
        .suggests("oci, v2s2"),
};

constexpr Option signing[] = {
    accepted("remove-signatures", 0, "", "images are sent without signatures"),
    refused("sign-by", 0, "KEY", no_signing),
    refused("sign-by-sigstore", 0, "FILE", no_signing),
    refused("sign-by-sigstore-private-key", 0, "FILE", no_signing),
    refused("sign-by-sq-fingerprint", 0, "FINGERPRINT", no_signing),
    refused("sign-passphrase-file", 0, "FILE", no_signing),
};

} // namespace

const OptionGroup format_options{"", format};
const OptionGroup signing_options{"", signing};

engine::SendOptions make_send_options(const FormatArgs& args)
{
    engine::SendOptions options;
    if (args.manifest_format == "oci")
        options.manifest_kind = "oci";
    else if (args.manifest_format == "v2s2" || args.manifest_format == "docker")
        options.manifest_kind = "docker";
    else if (args.manifest_format == "v2s1")
        throw usage_error("the manifest format v2s1 is not supported: registries have given it up");
    else if (!args.manifest_format.empty())
        throw usage_error(cat("unknown format \"", printable(args.manifest_format),
                              "\". Choose one of the supported formats: 'oci', 'v2s2'"));
    int highest = 0;
    if (args.compression == "gzip") {
        options.compression = archive::Compression::Gzip;
        highest = 9;
    } else if (args.compression == "zstd") {
        options.compression = archive::Compression::Zstd;
        highest = 20;
    } else if (args.compression == "zstd:chunked") {
        throw usage_error("--compression-format zstd:chunked is not supported: use zstd");
    } else if (!args.compression.empty()) {
        throw usage_error(cat("unknown compression format \"", printable(args.compression), "\": there are gzip and zstd"));
    }
    if (args.level) {
        const int most = highest == 0 ? 20 : highest;
        if (*args.level < 1 || *args.level > most)
            throw usage_error(cat("invalid compression level ", *args.level, ": it must be from 1 to ", most));
        options.level = *args.level;
    }
    options.force_compression = args.force_compression.value_or(options.compression.has_value());
    return options;
}

void save_digest(const std::string& path, const std::string& digest)
{
    if (path.empty())
        return;
    const UniqueFd file = while_doing("writing the digest", [&] {
        return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    });
    write_all(file.get(), digest, path);
}

} // namespace skiff::cli
