#include "build/remote_file.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"
#include "registry/config_places.hpp"
#include "registry/download.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace skiff::build {
namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0) {
            decoded += static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
            at += 2;
        } else {
            decoded += text[at];
        }
    }
    return decoded;
}

oci::Digest digest_of(int file, const std::string& algorithm)
{
    Hash hash{algorithm};
    std::string buffer(256U << 10U, '\0');
    off_t at = 0;
    for (;;) {
        const ssize_t got = ::pread(file, buffer.data(), buffer.size(), at);
        if (got < 0)
            throw Error{errno, "reading a temporary file"};
        if (got == 0)
            return oci::Digest::parse(cat(algorithm, ":", hash.finish_hex()));
        hash.update({buffer.data(), static_cast<std::size_t>(got)});
        at += got;
    }
}

} // namespace

std::string remote_file_name(const std::string& address)
{
    std::string_view path = std::string_view{address}.substr(0, address.find_first_of("?#"));
    const std::size_t host = path.find("://");
    path = host == std::string_view::npos ? path : path.substr(host + 3);
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos)
        return {};
    std::string name = percent_decoded(path.substr(path.rfind('/') + 1));
    if (name == "." || name == ".." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
        return {};
    return name;
}

RemoteFile fetch_remote_file(const std::string& address, const std::string& checksum, const registry::TransportOptions& transport)
{
    RemoteFile file;
    registry::Download download = registry::download_with_facts(address, registry::ConfigPlaces::from_environment(), transport);
    file.content = std::move(download.file);
    file.modified_s = download.modified_s;
    file.name = remote_file_name(address);
    struct stat status{};
    if (::fstat(file.content.get(), &status) != 0)
        throw Error{errno, "reading a temporary file"};
    file.size = static_cast<std::uint64_t>(status.st_size);
    const std::optional<oci::Digest> expected = checksum.empty() ? std::nullopt : std::optional{oci::Digest::parse(checksum)};
    file.digest = digest_of(file.content.get(), expected ? expected->algorithm : "sha256");
    if (expected && file.digest != *expected)
        throw Error{ErrorKind::Failure, cat("unexpected digest for ", printable(address), ": ", file.digest.text(), ", expected ", printable(checksum))};
    return file;
}

} // namespace skiff::build
