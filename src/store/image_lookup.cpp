// What a user may call an image. Order: exact full name; short names in localhost/, docker.io/library/ and any
// registry; ids and beginnings of ids.

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/image_names.hpp"
#include "store/images.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <algorithm>

namespace skiff::store {
namespace {

std::optional<oci::Reference> try_parse(const std::string& text)
{
    try {
        return oci::Reference::parse(text);
    } catch (const Error&) { // then it can only be an id
        return std::nullopt;
    }
}

bool is_hex(const std::string& text)
{
    return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// "quay.io/group/web" has the repository "group/web" and "web" below any registry.
bool ends_with_repository(const std::string& name, const std::string& repository)
{
    return name.size() > repository.size() && name.ends_with(repository) &&
           name[name.size() - repository.size() - 1] == '/';
}

} // namespace

FoundImage Images::resolve(const std::string& text) const
{
    auto found = find(text);
    if (!found)
        throw Error{ErrorKind::NotFound, cat(printable(text), ": image not known")};
    return std::move(*found);
}

std::optional<FoundImage> Images::find(const std::string& text) const
{
    const bool says_id = text.starts_with("sha256:");
    const std::string id = says_id ? text.substr(7) : text;
    if (is_id(id))
        if (auto image = find_id(id))
            return FoundImage{std::move(*image), {}};
    if (const auto name = says_id ? std::nullopt : try_parse(text)) {
        if (name->has_registry()) {
            if (auto image = find_named(*name))
                return FoundImage{std::move(*image), name->with_default_tag().text()};
        } else if (auto found = find_short(*name)) {
            return found;
        }
    }
    return is_hex(id) ? find_prefix(id) : std::nullopt;
}

std::optional<Image> Images::find_named(const oci::Reference& name) const
{
    const oci::Reference full = name.with_default_tag();
    if (const auto id = image_names::find(root_->data(), full.text()))
        return find_id(*id);
    for (const OtherStore& other : root_->others())
        if (const auto id = image_names::find(other.data.get(), full.text()))
            if (auto image = find_in_other(other, *id))
                return image;
    if (!full.digest)
        return std::nullopt;
    // Pulled by tag, asked for by digest: any image of that repository that came with it.
    for (Image& image : list_all())
        if (std::find(image.digests.begin(), image.digests.end(), full.digest->text()) != image.digests.end())
            for (const std::string& known : image.names)
                if (oci::Reference::parse(known).name() == full.name())
                    return std::move(image);
    return std::nullopt;
}

std::optional<FoundImage> Images::find_short(const oci::Reference& name) const
{
    for (const char* registry : {"localhost", "docker.io"}) {
        const oci::Reference full = name.in_registry(registry).with_default_tag();
        if (auto image = find_named(full))
            return FoundImage{std::move(*image), full.text()};
    }
    const oci::Reference wanted = name.with_default_tag();
    for (Image& image : list_all())
        for (const std::string& text : image.names) {
            const oci::Reference known = oci::Reference::parse(text);
            const bool same = wanted.digest ? std::find(image.digests.begin(), image.digests.end(),
                                                        wanted.digest->text()) != image.digests.end()
                                            : known.tag == wanted.tag && !known.digest;
            if (same && ends_with_repository(known.name(), wanted.repository))
                return FoundImage{std::move(image), text};
        }
    return std::nullopt;
}

std::optional<FoundImage> Images::find_prefix(const std::string& prefix) const
{
    std::optional<std::string> found;
    std::vector<DirectoryEntry> entries = list_directory(root_->data(), "images");
    for (const OtherStore& other : root_->others())
        for (DirectoryEntry& entry : list_directory(other.data.get(), "images"))
            entries.push_back(std::move(entry));
    for (const DirectoryEntry& entry : entries) {
        if (!entry.name.starts_with(prefix) || entry.name == found)
            continue;
        if (found)
            throw Error{ErrorKind::Failure, cat("multiple IDs found with provided prefix: ", prefix)}.with_hint(
                "write more digits of the id");
        found = entry.name;
    }
    if (found && found->ends_with(".json"))
        if (auto image = find_id(found->substr(0, found->size() - 5)))
            return FoundImage{std::move(*image), {}};
    return std::nullopt;
}

} // namespace skiff::store
