#include "engine/image_list.hpp"

#include "base/error.hpp"
#include "store/garbage.hpp"
#include "text/glob.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace skiff::engine {
namespace {

using store::Image;
/// May narrow the image's names down to those that fit.
using Predicate = std::function<bool(Image&)>;

bool read_bool(const Filter& filter)
{
    if (filter.value == "true" || filter.value == "1")
        return true;
    if (filter.value == "false" || filter.value == "0")
        return false;
    throw Error{ErrorKind::Usage, cat("non-boolean value ", quoted(filter.value), " for ", filter.key, " filter")};
}

/// The spellings under which a pattern may mean a name: whole, without registry, the last part; with tag and without.
std::vector<std::string> spellings(const std::string& name)
{
    std::vector<std::string> result;
    const oci::Reference reference = oci::Reference::parse(name);
    const std::string suffix = reference.digest ? cat("@", reference.digest->text()) : cat(":", reference.tag);
    for (const std::string& stem :
         {reference.name(), reference.repository, reference.repository.substr(reference.repository.rfind('/') + 1)}) {
        result.push_back(stem + suffix);
        result.push_back(stem);
    }
    return result;
}

bool fits_pattern(const std::string& name, const std::string& pattern)
{
    const auto all = spellings(name);
    return std::any_of(all.begin(), all.end(),
                       [&](const std::string& spelling) { return text::matches_path(pattern, spelling); });
}

Predicate by_reference(Engine& engine, const std::string& value)
{
    const auto found = engine.store().images().find(value);
    return [value, found](Image& image) {
        if (found && found->name.empty())
            return found->image.id == image.id; // asked for by id: all its names
        std::vector<std::string> fitting;
        for (const std::string& name : image.names)
            if (fits_pattern(name, value) || (found && found->image.id == image.id && found->name == name))
                fitting.push_back(name);
        if (fitting.empty() && found && found->image.id == image.id) // by the digest of one of its manifests
            return true;
        image.names = std::move(fitting);
        return !image.names.empty();
    };
}

Predicate by_age(Engine& engine, const std::string& value, bool before)
{
    const Image other = engine.store().images().resolve(value).image;
    return [=](Image& image) {
        return image.id != other.id && (before ? image.created < other.created : image.created > other.created);
    };
}

struct Context
{
    Engine& engine;
    const std::vector<Image>& all;
};

Predicate make_one(const Context& context, const Filter& filter)
{
    const std::string& key = filter.key;
    const std::string& value = filter.value;
    if (key == "reference")
        return by_reference(context.engine, value);
    if (key == "id")
        return [value](Image& image) {
            return image.id.starts_with(value.starts_with("sha256:") ? value.substr(7) : value);
        };
    if (key == "digest")
        return [value](Image& image) {
            return std::any_of(image.digests.begin(), image.digests.end(), [&](const std::string& digest) {
                return digest.starts_with(value) || digest.substr(digest.find(':') + 1).starts_with(value);
            });
        };
    if (key == "label")
        return [value](Image& image) { return has_label(image.labels, value); };
    if (key == "before" || key == "since" || key == "after")
        return by_age(context.engine, value, key == "before");
    if (key == "until") {
        const WallTime until = text::parse_time(value, wall_now());
        return [until](Image& image) { return image.created < until; };
    }
    if (key == "dangling")
        return [wanted = read_bool(filter), &all = context.all](Image& image) {
            return (image.names.empty() && !has_children(image, all)) == wanted;
        };
    if (key == "intermediate")
        return [wanted = read_bool(filter), &all = context.all](Image& image) {
            return (image.names.empty() && has_children(image, all)) == wanted;
        };
    if (key == "readonly")
        return [wanted = read_bool(filter)](Image& image) { return image.is_read_only() == wanted; };
    if (key == "manifest")
        return [wanted = read_bool(filter)](Image&) { return !wanted; };
    if (key == "containers") {
        if (value == "external")
            return [](Image&) { return false; };
        return [wanted = read_bool(filter), users = store::containers_by_image(context.engine.store())](Image& image) {
            return users.contains(image.id) == wanted;
        };
    }
    throw Error{ErrorKind::Usage, cat("unsupported filter \"", printable(key), "\"")};
}

/// Several values of one key are alternatives; labels must all be there.
struct Alternatives
{
    std::string key;
    std::vector<Predicate> predicates;
};

/// Those of its names under which it fits all conditions: every alternative that fits contributes some. Nothing when it does not fit.
std::optional<std::vector<std::string>> find_fitting_names(const Image& image, const std::vector<Alternatives>& conditions)
{
    std::vector<std::string> names = image.names;
    for (const Alternatives& condition : conditions) {
        bool any = false;
        std::set<std::string> fitting;
        for (const Predicate& predicate : condition.predicates) {
            Image copy = image;
            copy.names = names;
            if (!predicate(copy))
                continue;
            any = true;
            fitting.insert(copy.names.begin(), copy.names.end());
        }
        if (!any)
            return std::nullopt;
        names.assign(fitting.begin(), fitting.end());
    }
    return names;
}

} // namespace

bool has_label(const std::map<std::string, std::string>& labels, const std::string& wanted)
{
    const std::size_t equals = wanted.find('=');
    const std::string key = wanted.substr(0, equals);
    return std::any_of(labels.begin(), labels.end(), [&](const auto& label) {
        return text::matches_name(key, label.first) &&
               (equals == std::string::npos || text::matches_name(wanted.substr(equals + 1), label.second));
    });
}

bool has_children(const Image& image, const std::vector<Image>& all)
{
    return std::any_of(all.begin(), all.end(), [&](const Image& other) {
        return other.layers.size() > image.layers.size() && !image.layers.empty() &&
               std::equal(image.layers.begin(), image.layers.end(), other.layers.begin());
    });
}

const Image* find_parent(const store::Store& store, const Image& image, const std::vector<Image>& all)
{
    std::optional<oci::ImageConfig> config;
    for (const Image& other : all) {
        if (other.layers.empty() || other.layers.size() + 1 != image.layers.size() ||
            !std::equal(other.layers.begin(), other.layers.end(), image.layers.begin()))
            continue;
        try {
            if (!config)
                config = store.images().load_config(image);
            const oci::ImageConfig below = store.images().load_config(other);
            if (below.history.size() < config->history.size() &&
                std::equal(below.history.begin(), below.history.end(), config->history.begin()))
                return &other;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) // removed meanwhile
                throw;
        }
    }
    return nullptr;
}

std::vector<Image> list_images(Engine& engine, const ImageQuery& query)
{
    std::vector<Image> all = engine.store().images().list_all();
    const std::vector<Filter>& filters = query.filters;
    const Context context{engine, all};
    std::vector<Alternatives> conditions;
    if (!query.name.empty())
        conditions.push_back({"", {by_reference(engine, query.name)}});
    for (const Filter& filter : filters) {
        Predicate one = make_one(context, filter);
        if (filter.negated)
            one = [one = std::move(one)](Image& image) {
                Image copy = image;
                return !one(copy);
            };
        const bool joins = filter.key != "label" && !filter.negated;
        const auto same = std::find_if(conditions.begin(), conditions.end(),
                                       [&](const Alternatives& a) { return a.key == filter.key; });
        if (joins && same != conditions.end())
            same->predicates.push_back(std::move(one));
        else
            conditions.push_back({joins ? filter.key : "", {std::move(one)}});
    }
    const bool hides_intermediate = !query.all && std::none_of(filters.begin(), filters.end(),
                                                               [](const Filter& f) { return f.key == "intermediate"; });
    // Whether one fits may depend on all the others, so that none is moved before that is known.
    std::vector<std::optional<std::vector<std::string>>> names(all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!(hides_intermediate && all[i].names.empty() && has_children(all[i], all)))
            names[i] = find_fitting_names(all[i], conditions);
    std::vector<Image> images;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (names[i]) {
            all[i].names = std::move(*names[i]);
            images.push_back(std::move(all[i]));
        }
    return images;
}

} // namespace skiff::engine
