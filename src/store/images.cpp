#include "store/images.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/record_fields.hpp"
#include "oci/index.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "store/blobs.hpp"
#include "store/image_names.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"
#include "store/sort_records.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <set>

namespace skiff::store {

template <typename Fields>
void describe(Fields& field, record::Of<Image>)
{
    field("id", &Image::id);
    field("digest", &Image::digest);
    field("media_type", &Image::media_type);
    field("digests", &Image::digests);
    field("layers", &Image::layers);
    field("size", &Image::size);
    field("created", &Image::created);
    field("added", &Image::added);
    field("os", &Image::os);
    field("architecture", &Image::architecture);
    field("variant", &Image::variant);
    field("labels", &Image::labels);
    field("parts", &Image::parts);
}

namespace {

std::string path_of(const std::string& id) { return cat("images/", id, ".json"); }

Error unknown_image(const std::string& text)
{
    return Error{ErrorKind::NotFound, cat(printable(text), ": image not known")};
}

WallTime creation_time(const std::string& text)
{
    try {
        return text.empty() ? text::zero_time : text::parse_rfc3339(text);
    } catch (const Error&) { // of no importance to anybody but the reader of a list
        return text::zero_time;
    }
}

std::optional<Image> find_image_record(int data, const std::string& id)
{
    const auto text = is_id(id) ? find_record(data, path_of(id)) : std::nullopt;
    if (!text)
        return std::nullopt;
    return while_doing(cat("image ", id.substr(0, 12)),
                       [&] { return record::from_text<Image>(*text, "image record"); });
}

void add_once(std::vector<std::string>& list, const std::string& text)
{
    if (std::find(list.begin(), list.end(), text) == list.end())
        list.push_back(text);
}

Image make_image(const NewImage& image)
{
    const oci::ImageConfig config = oci::ImageConfig::parse(image.config);
    const oci::Manifest manifest = oci::Manifest::parse(image.manifest, image.manifest_type);
    Image made;
    made.id = sha256_hex(image.config);
    made.media_type = manifest.media_type;
    made.layers = oci::chain_ids(config.diff_ids);
    made.size = image.config.size() + image.manifest.size();
    made.created = creation_time(config.created);
    made.added = wall_now();
    made.os = config.platform.os;
    made.architecture = config.platform.architecture;
    made.variant = config.platform.variant;
    made.labels = config.config.labels;
    return made;
}

void sync_everything(const Root& root)
{
    if (::syncfs(root.data()) != 0)
        throw Error{errno, cat("writing ", skiff::quoted(root.data_path()), " to disk")};
}

std::vector<Image> list_with_names(int data)
{
    std::vector<Image> images = read_image_records(data);
    auto names = image_names::list(data);
    for (Image& image : images)
        image.names = std::move(names[image.id]);
    return images;
}

void sort_newest_first(std::vector<Image>& images)
{
    sort_records(images, [](const Image& a, const Image& b) { return std::tie(b.created, a.id) < std::tie(a.created, b.id); });
}

} // namespace

bool Image::is_list() const { return oci::media_type::is_index(media_type); }

std::vector<std::string> Image::tags() const
{
    std::vector<std::string> tags;
    std::copy_if(names.begin(), names.end(), std::back_inserter(tags),
                 [](const std::string& name) { return name.find('@') == std::string::npos; });
    return tags;
}

std::vector<std::string> Image::repo_digests() const
{
    std::set<std::string> repositories;
    for (const std::string& name : names)
        repositories.insert(oci::Reference::parse(name).name());
    std::vector<std::string> result;
    for (const std::string& repository : repositories)
        for (const std::string& each : digests)
            result.push_back(cat(repository, "@", each));
    return result;
}

std::vector<Image> read_image_records(int data)
{
    std::vector<Image> images;
    const std::vector<DirectoryEntry> entries = list_place(data, "images");
    images.reserve(entries.size());
    for (const DirectoryEntry& entry : entries) {
        if (!entry.name.ends_with(".json"))
            continue;
        try {
            if (auto image = find_image_record(data, entry.name.substr(0, entry.name.size() - 5)))
                images.push_back(std::move(*image));
        } catch (const Error& error) {
            if (error.errno_value() !=
                0) // not damaged, but not readable now: collecting garbage must not go on from here
                throw;
            log::warn(cat(error.message(), "; left out"));
        }
    }
    return images;
}

std::optional<Image> find_in_other(const OtherStore& other, const std::string& id)
{
    auto image = find_image_record(other.data.get(), id);
    if (image)
        image->other_store = other.path;
    return image;
}

Image Images::put(const NewImage& image, const StoreUse& /*use*/) const
{
    Image made = make_image(image);
    for (const std::string& layer : made.layers)
        made.size += layers_.load(layer).size;
    made.digest = blobs::put(*root_, image.manifest);
    blobs::put(*root_, image.config);
    try {
        if (const auto known = find_image_record(root_->data(), made.id)) {
            made.digests = known->digests;
            made.added = known->added;
        }
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; replaced"));
    }
    add_once(made.digests, made.digest);
    sync_everything(*root_);
    layers_.mark_durable(made.layers);
    root_->save(path_of(made.id), record::to_text(made), Durability::Fsync);
    for (const std::string& name : image.names)
        image_names::set(*root_, name, made.id);
    made.names = names_of(made);
    return made;
}

std::optional<Image> Images::find_id(const std::string& id) const
{
    auto image = find_image_record(root_->data(), id);
    if (!image)
        for (const OtherStore& other : root_->others())
            if ((image = find_in_other(other, id)))
                break;
    return image;
}
Image Images::put_list(const ImageList& list, const StoreUse& /*use*/) const
{
    const oci::Index index = oci::Index::parse(list.index);
    Image made;
    if (!list.id.empty())
        if (const auto known = find_image_record(root_->data(), list.id))
            made = *known;
    if (made.id.empty()) {
        made.id = random_hex(32);
        made.created = made.added = wall_now();
    }
    made.media_type = index.media_type;
    made.size = list.index.size();
    made.parts = list.parts;
    made.digest = blobs::put(*root_, list.index);
    made.digests = {made.digest};
    sync_everything(*root_);
    save_atomically(root_->data(), path_of(made.id), record::to_text(made));
    for (const std::string& name : list.names)
        image_names::set(*root_, name, made.id);
    made.names = names_of(made);
    return made;
}


std::vector<std::string> Images::names_of(const Image& image) const
{
    for (const OtherStore& other : root_->others())
        if (image.other_store == other.path)
            return image_names::list(other.data.get())[image.id];
    return image_names::list(root_->data())[image.id];
}

std::optional<Image> Images::find_digest(const std::string& digest) const
{
    for (Image& image : list_all())
        if (std::find(image.digests.begin(), image.digests.end(), digest) != image.digests.end()) {
            image.names.clear();
            return std::move(image);
        }
    return std::nullopt;
}

std::vector<Image> Images::list() const
{
    std::vector<Image> images = list_with_names(root_->data());
    sort_newest_first(images);
    return images;
}

std::vector<Image> Images::list_all() const
{
    std::vector<Image> images = list_with_names(root_->data());
    for (const OtherStore& other : root_->others()) {
        for (Image& image : list_with_names(other.data.get())) {
            image.other_store = other.path;
            images.push_back(std::move(image));
        }
    }
    sort_newest_first(images);
    return images;
}

std::string Images::load_config_text(const Image& image) const
{
    return image.is_list() ? std::string{} : blobs::load(*root_, cat("sha256:", image.id));
}

std::string Images::load_manifest_text(const Image& image) const { return blobs::load(*root_, image.digest); }

oci::ImageConfig Images::load_config(const Image& image) const
{
    if (image.is_list())
        return {};
    return while_doing(cat("image ", image.id.substr(0, 12)),
                       [&] { return oci::ImageConfig::parse(load_config_text(image)); });
}

/// The record and the documents; the layers stay where they are.
void Images::adopt(const Image& image) const
{
    const StoreUse use = root_->use();
    for (const std::string& digest : image.digests)
        if (const auto manifest = blobs::find_anywhere(*root_, digest))
            blobs::put(*root_, *manifest);
    blobs::put(*root_, load_config_text(image));
    root_->save(path_of(image.id), record::to_text(image), Durability::Fsync);
}

void Images::tag(const std::string& id, const oci::Reference& name) const
{
    if (!is_id(id) || !exists_at(root_->data(), path_of(id))) {
        const auto image = find_id(id);
        if (!image)
            throw unknown_image(id);
        adopt(*image);
    }
    image_names::set(*root_, name.text(), id);
}

void Images::untag(const std::string& id, const std::string& name) const
{
    if (!image_names::remove(*root_, name, id))
        throw Error{ErrorKind::NotFound, cat(printable(name), ": tag not known")};
}

bool Images::remove(const std::string& id, const StoreAlone& /*alone*/) const
{
    if (!is_id(id))
        return false;
    const bool removed = remove_file_at(root_->data(), path_of(id));
    const std::vector<std::string> names = image_names::list(root_->data())[id];
    for (const std::string& name : names)
        image_names::remove(*root_, name, id);
    return removed;
}

} // namespace skiff::store
