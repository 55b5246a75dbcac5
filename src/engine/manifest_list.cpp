#include "engine/manifest_list.hpp"

#include "base/error.hpp"
#include "engine/image_event.hpp"
#include "engine/pull.hpp"
#include "engine/tag_image.hpp"
#include "oci/media_type.hpp"
#include "registry/archive_source.hpp"
#include "registry/raw_manifest.hpp"
#include "registry/registries_conf.hpp"
#include "registry/short_names.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

namespace media_type = oci::media_type;
constexpr std::string_view own_transport = "containers-storage:";

/// A list while it is changed.
struct Draft
{
    std::string id;
    oci::Index index;
    std::map<std::string, std::string> parts;
};

Draft load_draft(Engine& engine, const std::string& name)
{
    const store::Image image = resolve_list(engine, name).image;
    return {image.id, oci::Index::parse(engine.store().images().load_manifest_text(image), image.media_type), image.parts};
}

/// Docker's kind, as Podman does, unless something in it is OCI's.
std::string type_of(const oci::Index& index)
{
    const bool is_docker = index.annotations.empty() && std::all_of(index.manifests.begin(), index.manifests.end(), [](const auto& entry) {
        return entry.media_type == media_type::docker_manifest && entry.annotations.empty();
    });
    return std::string{is_docker ? media_type::docker_index : media_type::oci_index};
}

std::string save(Engine& engine, Draft draft, const std::vector<std::string>& names = {})
{
    draft.index.media_type = type_of(draft.index);
    std::erase_if(draft.parts, [&](const auto& part) {
        return std::none_of(draft.index.manifests.begin(), draft.index.manifests.end(),
                            [&](const auto& entry) { return entry.digest.text() == part.first; });
    });
    const store::StoreUse use = engine.store().use();
    return engine.store().images().put_list({draft.id, draft.index.serialize(), draft.parts, names}, use).id;
}

void apply(oci::Descriptor& entry, const ManifestFacts& facts)
{
    oci::Platform platform = entry.platform.value_or(oci::Platform{});
    const auto set = [](std::string& field, const std::string& value) {
        if (!value.empty())
            field = value;
    };
    set(platform.os, facts.os);
    set(platform.architecture, facts.architecture);
    set(platform.variant, facts.variant);
    set(platform.os_version, facts.os_version);
    for (const std::string& feature : facts.os_features)
        if (std::find(platform.os_features.begin(), platform.os_features.end(), feature) == platform.os_features.end())
            platform.os_features.push_back(feature);
    if (platform != oci::Platform{})
        entry.platform = platform;
    for (const auto& [key, value] : facts.annotations)
        entry.annotations[key] = value;
}

/// An entry of a digest that is there already is replaced.
void add_entry(Draft& draft, oci::Descriptor entry, const std::string& place, const ManifestFacts& facts)
{
    apply(entry, facts);
    std::erase_if(draft.index.manifests, [&](const oci::Descriptor& old) { return old.digest == entry.digest; });
    draft.parts[entry.digest.text()] = place;
    if (draft.index.manifests.size() == oci::max_index_entries)
        throw Error{ErrorKind::Failure, cat("a list has at most ", oci::max_index_entries, " entries")};
    draft.index.manifests.push_back(std::move(entry));
}

oci::Platform wanted_platform(const ManifestFacts& facts)
{
    PullOptions options;
    if (!facts.os.empty())
        options.os = facts.os;
    if (!facts.architecture.empty())
        options.architecture = facts.architecture;
    if (!facts.variant.empty())
        options.variant = facts.variant;
    return make_platform(options);
}

void add_stored(Engine& engine, Draft& draft, const store::Image& image, const ManifestFacts& facts, bool all)
{
    if (image.is_list()) {
        const oci::Index index = oci::Index::parse(engine.store().images().load_manifest_text(image), image.media_type);
        const oci::Descriptor* only = all ? nullptr : &index.choose(wanted_platform(facts));
        for (const oci::Descriptor& entry : index.manifests)
            if (all || &entry == only)
                add_entry(draft, entry, image.parts.at(entry.digest.text()), all ? ManifestFacts{} : facts);
        return;
    }
    oci::Descriptor entry;
    entry.media_type = image.media_type;
    entry.digest = oci::Digest::parse(image.digest);
    entry.size = engine.store().images().load_manifest_text(image).size();
    entry.platform = oci::Platform{image.os, image.architecture, image.variant, "", {}};
    add_entry(draft, std::move(entry), cat(own_transport, image.id), facts);
}

oci::Descriptor describe(const registry::ImageDocument& document)
{
    oci::Descriptor entry;
    entry.media_type = document.manifest.media_type;
    entry.digest = document.manifest_digest;
    entry.size = document.manifest_bytes.size();
    entry.platform = document.config.platform;
    return entry;
}

/// What a registry or an archive has; nothing of it is fetched but its documents.
void add_foreign(Draft& draft, registry::ImageSource& source, const std::string& place, const ManifestFacts& facts, bool all)
{
    const registry::RawDocument document = source.read_document();
    const auto place_of = [&](const oci::Digest& digest) { return place.starts_with("docker://") ? cat(place, "@", digest.text()) : place; };
    if (!media_type::is_index(document.media_type)) {
        const registry::ImageDocument image = source.resolve(wanted_platform(facts));
        add_entry(draft, describe(image), place_of(image.manifest_digest), facts);
        return;
    }
    const oci::Index index = oci::Index::parse(document.bytes, document.media_type);
    const oci::Descriptor* only = all ? nullptr : &index.choose(wanted_platform(facts));
    for (const oci::Descriptor& entry : index.manifests)
        if (all || &entry == only)
            add_entry(draft, entry, place_of(entry.digest), all ? ManifestFacts{} : facts);
}

void add(Engine& engine, Draft& draft, const std::string& name, const ManifestFacts& facts, bool all, const PullOptions& options)
{
    if (name.starts_with(own_transport))
        return add_stored(engine, draft, engine.store().images().resolve(name.substr(own_transport.size())).image, facts, all);
    const auto places = registry::ConfigPlaces::from_environment();
    const auto transport = registry::find_transport(name);
    if (transport && transport->transport != "docker")
        throw Error{ErrorKind::Usage, cat("an image of ", transport->transport, ": cannot be an entry of a list")}.with_hint(
            "load it into the store first: skiff pull");
    if (!transport)
        if (const auto found = engine.store().images().find(name))
            return add_stored(engine, draft, found->image, facts, all);
    const oci::Reference asked = while_doing(cat("parsing reference ", quoted(name)),
                                             [&] { return oci::Reference::parse(transport ? transport->rest : name); });
    const auto candidates = registry::resolve_name(registry::load_registries_conf(places), asked.with_default_tag());
    std::optional<Error> first;
    for (const oci::Reference& candidate : candidates.references) {
        try {
            const auto source = registry::open_source(cat("docker://", candidate.text()), places, make_transport_options(engine, options));
            return add_foreign(draft, *source, cat("docker://", candidate.name()), facts, all);
        } catch (const Error& error) {
            if (!first)
                first = error;
        }
    }
    throw *first;
}

} // namespace

std::optional<store::FoundImage> find_list(Engine& engine, const std::string& name)
{
    auto found = engine.store().images().find(name);
    if (!found || !found->image.is_list())
        return std::nullopt;
    return found;
}

store::FoundImage resolve_list(Engine& engine, const std::string& name)
{
    store::FoundImage found = engine.store().images().resolve(name);
    if (!found.image.is_list())
        throw Error{ErrorKind::Failure, cat(printable(name), " is not a manifest list")};
    return found;
}

std::string create_list(Engine& engine, const CreateListRequest& request)
{
    const std::string name = make_new_name(request.name).text();
    Draft draft;
    if (const auto known = engine.store().images().find_named(oci::Reference::parse(name)); known && !request.replace) {
        if (!request.amend)
            throw Error{ErrorKind::InUse, cat("image name ", quoted(name), " is already associated with image ", quoted(known->id),
                                              ": that name is already in use")}
                .with_hint("--amend changes a list that is there");
        draft = load_draft(engine, name);
    }
    for (const std::string& image : request.images)
        add(engine, draft, image, {}, request.all, request.transport);
    for (const auto& [key, value] : request.annotations)
        draft.index.annotations[key] = value;
    const std::string id = save(engine, std::move(draft), {name});
    add_image_event(engine.store(), "create", id, name);
    return id;
}

std::string add_to_list(Engine& engine, const AddToListRequest& request)
{
    Draft draft = load_draft(engine, request.list);
    for (const std::string& image : request.images)
        add(engine, draft, image, request.facts, request.all, request.transport);
    return save(engine, std::move(draft));
}

std::string annotate_list(Engine& engine, const std::string& list, const std::string& image, const ManifestFacts& facts)
{
    Draft draft = load_draft(engine, list);
    if (image.empty()) {
        for (const auto& [key, value] : facts.annotations)
            draft.index.annotations[key] = value;
        return save(engine, std::move(draft));
    }
    std::string digest = image;
    if (!image.starts_with("sha256:") && !image.starts_with("sha512:"))
        digest = engine.store().images().resolve(image).image.digest;
    const auto entry = std::find_if(draft.index.manifests.begin(), draft.index.manifests.end(),
                                    [&](const oci::Descriptor& each) { return each.digest.text() == digest; });
    if (entry == draft.index.manifests.end())
        throw Error{ErrorKind::NotFound, cat("no instance matching digest ", quoted(digest), " found in manifest list ", quoted(list))};
    apply(*entry, facts);
    return save(engine, std::move(draft));
}

std::string remove_from_list(Engine& engine, const std::string& list, const std::string& digest)
{
    Draft draft = load_draft(engine, list);
    const oci::Digest unwanted = while_doing(cat("removing ", quoted(digest), " from ", quoted(list)), [&] { return oci::Digest::parse(digest); });
    if (std::erase_if(draft.index.manifests, [&](const oci::Descriptor& entry) { return entry.digest == unwanted; }) == 0)
        throw Error{ErrorKind::NotFound, cat("no instance matching digest ", quoted(digest), " found in manifest list ", quoted(list))};
    return save(engine, std::move(draft));
}

std::string read_list(Engine& engine, const std::string& name, const PullOptions& options)
{
    const auto transport = registry::find_transport(name);
    if (!transport)
        if (const auto found = engine.store().images().find(name)) {
            if (!found->image.is_list())
                throw Error{ErrorKind::Failure, cat(printable(name), " is not a manifest list")};
            return engine.store().images().load_manifest_text(found->image);
        }
    const auto places = registry::ConfigPlaces::from_environment();
    if (transport && transport->transport != "docker")
        return registry::open_archive(*transport, places, {}).source->read_document().bytes;
    const oci::Reference asked = while_doing(cat("parsing reference ", quoted(name)),
                                             [&] { return oci::Reference::parse(transport ? transport->rest : name); });
    const auto candidates = registry::resolve_name(registry::load_registries_conf(places), asked.with_default_tag());
    std::optional<Error> first;
    for (const oci::Reference& candidate : candidates.references) {
        try {
            return registry::read_raw_manifest(candidate, places, make_transport_options(engine, options)).bytes;
        } catch (const Error& error) {
            if (!first)
                first = error;
        }
    }
    throw *first;
}

std::string find_part_of_list(Engine& engine, const store::Image& list, const oci::Platform& platform)
{
    const oci::Index index = oci::Index::parse(engine.store().images().load_manifest_text(list), list.media_type);
    const std::string digest = index.choose(platform).digest.text();
    if (const auto image = engine.store().images().find_digest(digest))
        return cat(own_transport, image->id);
    return list.parts.at(digest);
}

store::Image resolve_part_of_list(Engine& engine, const store::Image& image, const oci::Platform& platform)
{
    if (!image.is_list())
        return image;
    const std::string place = find_part_of_list(engine, image, platform);
    if (place.starts_with(own_transport))
        if (auto part = engine.store().images().find_id(place.substr(own_transport.size())))
            return *part;
    throw Error{ErrorKind::NotFound, cat("the list's image for ", platform.text(), " is not in the store: ", place)}.with_hint(
        "skiff pull brings it");
}

} // namespace skiff::engine
