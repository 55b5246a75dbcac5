#include "registry/short_names.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

namespace skiff::registry {
namespace {

oci::Reference with_tag_of(oci::Reference target, const oci::Reference& original)
{
    if (!original.tag.empty() || original.digest) {
        target.tag = original.tag;
        target.digest = original.digest;
    }
    return target.with_default_tag();
}

Error no_search_registries(const RegistriesConf& conf, const oci::Reference& reference)
{
    return Error{ErrorKind::Failure,
                 cat("short-name \"", reference.text(),
                     "\" did not resolve to an alias and no unqualified-search registries are defined in \"", conf.path,
                     "\"")}
        .with_hint(cat("write the full name, for example docker.io/library/", reference.text()));
}

Error cannot_choose(const std::vector<std::string>& search, const oci::Reference& reference)
{
    std::string choices;
    for (const std::string& registry : search)
        choices += cat(choices.empty() ? "" : ", ", reference.in_registry(registry).text());
    return Error{ErrorKind::Failure, "short-name resolution enforced but cannot prompt without a TTY"}.with_hint(
        cat("write one of these full names: ", choices));
}

} // namespace

Candidates resolve_name(const RegistriesConf& conf, const oci::Reference& reference, CanAsk can_ask)
{
    if (reference.has_registry())
        return {{reference.with_default_tag()}, ""};
    if (const auto alias = conf.aliases.find(reference.repository); alias != conf.aliases.end()) {
        const oci::Reference target = while_doing(cat("reading the alias ", skiff::quoted(reference.repository),
                                                      " of ", skiff::quoted(alias->second.file)),
                                                  [&] { return oci::Reference::parse(alias->second.target); });
        if (!target.has_registry())
            throw Error{ErrorKind::Failure, cat("the alias ", skiff::quoted(reference.repository), " of ",
                                                skiff::quoted(alias->second.file), " is not a full name")};
        return {{with_tag_of(target, reference)},
                cat("Resolved \"", reference.repository, "\" as an alias (", alias->second.file, ")")};
    }
    if (!conf.search)
        return {{reference.in_registry("docker.io").with_default_tag()},
                cat("Resolved \"", reference.repository, "\" as docker.io's, as no registries.conf says otherwise")};
    if (conf.search->empty())
        throw no_search_registries(conf, reference);
    const bool is_ambiguous = conf.search->size() > 1;
    if (is_ambiguous && conf.short_name_mode == ShortNameMode::Enforcing && can_ask == CanAsk::No)
        throw cannot_choose(*conf.search, reference);
    Candidates candidates;
    for (const std::string& registry : *conf.search)
        candidates.references.push_back(reference.in_registry(registry).with_default_tag());
    candidates.description =
        cat("Resolving \"", reference.repository, "\" using unqualified-search registries (", conf.path, ")");
    candidates.ask_user =
        is_ambiguous && conf.short_name_mode != ShortNameMode::Disabled && can_ask == CanAsk::Yes;
    return candidates;
}

void remember_alias(const ConfigPlaces& places, const oci::Reference& name, const oci::Reference& target)
{
    if (places.cache_home.empty())
        return;
    const std::string directory = cat(places.cache_home, "/containers");
    const std::string path = cat(directory, "/short-name-aliases.conf");
    while_doing(cat("recording short-name alias (\"", name.repository, "\"=\"", target.name(), "\")"), [&] {
        make_directories(directory);
        RegistriesConf known;
        if (const auto text = find_file(AT_FDCWD, path, 4U << 20U))
            merge_registries_conf(known, *text, path);
        known.aliases[name.repository] = {target.name(), path};
        std::string text = "[aliases]\n"; // both sides were parsed as names: nothing in them needs an escape
        for (const auto& [short_name, alias] : known.aliases)
            text += cat("  \"", short_name, "\" = \"", alias.target, "\"\n");
        save_atomically(AT_FDCWD, path, text, Durability::None);
    });
}

} // namespace skiff::registry
