#include "registry/archive_source.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/directory_image.hpp"
#include "registry/docker_archive.hpp"
#include "registry/oci_layout.hpp"
#include "registry/policy.hpp"
#include "registry/registry_source.hpp"
#include "registry/tar_files.hpp"

#include <algorithm>
#include <array>

namespace skiff::registry {
namespace {

/// An image with everything that can be said to mean it.
struct Listed
{
    LocalImage image;
    std::vector<std::string> written_names;
};

struct Listing
{
    std::string transport;
    std::vector<Listed> images;
};

Listing list_layout(const std::shared_ptr<const ImageFiles>& files, std::string_view transport, const std::string& path)
{
    Listing listing{std::string{transport}, {}};
    for (LayoutImage& found : read_oci_layout(files, cat(transport, ":", path)))
        listing.images.push_back({std::move(found.image), std::move(found.written_names)});
    return listing;
}

Listing list_docker_archive(const std::shared_ptr<const ImageFiles>& files, const std::string& path)
{
    Listing listing{"docker-archive", {}};
    for (LocalImage& image : read_docker_archive(files, cat("docker-archive:", path)))
        listing.images.push_back({std::move(image), {}});
    return listing;
}

Listing list_directory_image(const std::shared_ptr<const ImageFiles>& files, const std::string& path)
{
    Listing listing{"dir", {}};
    listing.images.push_back({read_directory_image(files, cat("dir:", path)), {}});
    return listing;
}

/// What Docker saves since version 25 is both: there the layout knows the true manifests.
Listing detect(const std::shared_ptr<const ImageFiles>& files, const std::string& path, bool is_directory)
{
    if (files->find("oci-layout") && files->find("index.json"))
        return list_layout(files, is_directory ? "oci" : "oci-archive", path);
    if (files->find("manifest.json"))
        return is_directory ? list_directory_image(files, path) : list_docker_archive(files, path);
    throw Error{ErrorKind::Failure, cat("payload does not match any of the supported image formats: ",
                                        skiff::quoted(path), " has neither index.json nor manifest.json in it")};
}

std::vector<ArchiveImage> open_all(Listing listing, const std::string& path, const ConfigPlaces& places,
                                   const TransportOptions& options)
{
    std::vector<ArchiveImage> images;
    for (Listed& listed : listing.images) {
        check_policy(places, options.signature_policy, listing.transport, policy_scope_of_path(listing.transport, path),
                     listed.image.shown);
        std::vector<oci::Reference> names = listed.image.names;
        images.push_back({std::move(names), open_local_image(std::move(listed.image), options.cancel_fd)});
    }
    return images;
}

/// A file that is no archive at all is told in the same words as one that holds something else.
template <typename Open>
auto open_payload(Open&& open)
{
    try {
        return open();
    } catch (Error& error) {
        if (error.errno_value() == 0) // else it could not be read
            error.add_context("payload does not match any of the supported image formats");
        throw;
    }
}

bool is_directory(const std::string& path)
{
    struct stat status
    {
    };
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_called(const Listed& listed, const std::string& name)
{
    if (std::ranges::find(listed.written_names, name) != listed.written_names.end())
        return true;
    try {
        const oci::Reference wanted = oci::Reference::parse_normalized(name).with_default_tag();
        return std::ranges::find(listed.image.names, wanted) != listed.image.names.end();
    } catch (const Error&) { // layouts may use any text as a name
        return false;
    }
}

/// The image that is asked for: by name, by "@INDEX", or the only one.
std::size_t choose(const Listing& listing, const std::string& name, const std::string& path)
{
    if (name.empty()) {
        if (listing.images.size() != 1)
            throw Error{ErrorKind::Failure, cat(listing.transport, ":", path, " has ", listing.images.size(),
                                                " images in it: choose one by its name")};
        return 0;
    }
    if (name.starts_with('@')) {
        const std::string digits = name.substr(1);
        const bool is_number =
            !digits.empty() && digits.size() < 7 && digits.find_first_not_of("0123456789") == std::string::npos;
        if (is_number && std::stoul(digits) < listing.images.size())
            return std::stoul(digits);
    }
    for (std::size_t i = 0; i < listing.images.size(); ++i)
        if (is_called(listing.images[i], name))
            return i;
    throw Error{ErrorKind::NotFound,
                cat("no descriptor found for reference ", skiff::quoted(name), " in ", listing.transport, ":", path)};
}

} // namespace

std::vector<ArchiveImage> list_archive(const std::string& path, const ConfigPlaces& places,
                                       const TransportOptions& options)
{
    const bool in_directory = is_directory(path);
    const auto files = in_directory ? open_directory_files(path) : open_payload([&] { return open_tar_files(path, options); });
    return open_all(detect(files, path, in_directory), path, places, options);
}

std::vector<ArchiveImage> list_archive(int stream, const std::string& shown, const ConfigPlaces& places,
                                       const TransportOptions& options)
{
    const auto files = open_payload([&] { return open_tar_files(stream, shown, options); });
    return open_all(detect(files, shown, false), "", places, options);
}

std::optional<TransportName> find_transport(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const std::string_view transport = text.substr(0, colon);
    std::string_view rest = text.substr(colon + 1);
    if (transport == "docker") {
        if (!rest.starts_with("//")) // an image called "docker" with a tag
            return std::nullopt;
        return TransportName{"docker", std::string{rest.substr(2)}};
    }
    for (const std::string_view known : {"docker-archive", "oci-archive", "oci", "dir"})
        if (transport == known)
            return TransportName{std::string{transport}, std::string{rest}};
    for (const std::string_view unsupported :
         {"containers-storage", "docker-daemon", "ostree", "sif", "atomic", "tarball"})
        if (transport == unsupported)
            throw Error{ErrorKind::Failure, cat("the transport ", skiff::quoted(unsupported), " is not supported")}
                .with_hint("`skopeo copy` can make an oci-archive of the image");
    return std::nullopt;
}

ArchiveImage open_archive(const TransportName& name, const ConfigPlaces& places, const TransportOptions& options)
{
    const std::size_t colon = name.transport == "dir" ? std::string::npos : name.rest.find(':');
    const std::string path = name.rest.substr(0, colon);
    const std::string wanted = colon == std::string::npos ? "" : name.rest.substr(colon + 1);
    if (path.empty())
        throw Error{ErrorKind::Usage, cat("invalid reference format: ", name.transport, ": needs a path")};
    Listing listing;
    if (name.transport == "dir")
        listing = list_directory_image(open_directory_files(path), path);
    else if (name.transport == "oci")
        listing = list_layout(open_directory_files(path), "oci", path);
    else if (name.transport == "oci-archive")
        listing = list_layout(open_tar_files(path, options), "oci-archive", path);
    else
        listing = list_docker_archive(open_tar_files(path, options), path);
    Listed chosen = std::move(listing.images[choose(listing, wanted, path)]);
    listing.images.clear();
    listing.images.push_back(std::move(chosen));
    return std::move(open_all(std::move(listing), path, places, options)[0]);
}

std::unique_ptr<ImageSource> open_source(std::string_view text, const ConfigPlaces& places,
                                         const TransportOptions& options)
{
    const auto name = find_transport(text);
    if (name && name->transport != "docker")
        return open_archive(*name, places, options).source;
    return open_registry(oci::Reference::parse_normalized(name ? name->rest : text), places, options);
}

} // namespace skiff::registry
