#include "registry/registries_conf.hpp"

#include "base/configuration.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/reference.hpp"

#include <algorithm>

// Header only: a shared library of its own would cost every start of the program.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace skiff::registry {
namespace {

/// A table of the file with its name, so that every complaint can say where.
class Table
{
  public:
    Table(const toml::table& table, std::string file, std::string name)
        : table_{table}, file_{std::move(file)}, name_{std::move(name)}
    {
    }

    [[noreturn]] void refuse(std::string_view key, std::string_view why) const
    {
        const toml::node* node = table_.get(key);
        const auto line = (node == nullptr ? static_cast<const toml::node&>(table_) : *node).source().begin.line;
        throw Error{ErrorKind::Failure, cat("loading registries configuration ", skiff::quoted(file_), ": ",
                                            line == 0 ? "" : cat("line ", line, ": "), name_, key, ": ", why)};
    }

    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

    template <typename Value>
    [[nodiscard]] std::optional<Value> find(std::string_view key, const char* type) const
    {
        const toml::node* node = table_.get(key);
        if (node == nullptr)
            return std::nullopt;
        auto value = node->value_exact<Value>();
        if (!value)
            refuse(key, cat("is not a ", type));
        return value;
    }
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const
    {
        return find<std::string>(key, "string");
    }
    [[nodiscard]] bool flag(std::string_view key) const { return find<bool>(key, "boolean").value_or(false); }

    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key) const
    {
        const toml::node* node = table_.get(key);
        if (node == nullptr)
            return std::nullopt;
        if (!node->is_array())
            refuse(key, "is not a list of strings");
        std::vector<std::string> values;
        for (const toml::node& item : *node->as_array()) {
            auto value = item.value_exact<std::string>();
            if (!value)
                refuse(key, "is not a list of strings");
            values.push_back(std::move(*value));
        }
        return values;
    }

    /// The tables of [[key]].
    [[nodiscard]] std::vector<Table> tables(std::string_view key) const
    {
        std::vector<Table> found;
        const toml::node* node = table_.get(key);
        if (node == nullptr)
            return found;
        if (!node->is_array())
            refuse(key, "is not a list of tables");
        for (const toml::node& item : *node->as_array()) {
            if (!item.is_table())
                refuse(key, "is not a list of tables");
            found.emplace_back(*item.as_table(), file_, cat(name_, key, "."));
        }
        return found;
    }

    [[nodiscard]] std::optional<Table> table(std::string_view key) const
    {
        const toml::node* node = table_.get(key);
        if (node == nullptr)
            return std::nullopt;
        if (!node->is_table())
            refuse(key, "is not a table");
        return Table{*node->as_table(), file_, cat(name_, key, ".")};
    }

    [[nodiscard]] const toml::table& raw() const { return table_; }

  private:
    const toml::table& table_;
    std::string file_;
    std::string name_;
};

std::string read_location(const Table& table, std::string_view key)
{
    std::string location = table.text(key).value_or("");
    if (location.starts_with("http://") || location.starts_with("https://"))
        table.refuse(key, cat("invalid location ", skiff::quoted(location), ": URI schemes are not supported"));
    while (location.ends_with('/'))
        location.pop_back();
    return location;
}

PullFromMirror read_pull_from_mirror(const Table& table, bool digest_only)
{
    const std::string value = table.text("pull-from-mirror").value_or("");
    if (value.empty())
        return digest_only ? PullFromMirror::DigestOnly : PullFromMirror::All;
    if (digest_only)
        table.refuse("pull-from-mirror", "cannot be set together with mirror-by-digest-only");
    if (value == "all")
        return PullFromMirror::All;
    if (value == "digest-only")
        return PullFromMirror::DigestOnly;
    if (value == "tag-only")
        return PullFromMirror::TagOnly;
    table.refuse("pull-from-mirror", cat("unsupported value ", skiff::quoted(value)));
}

RegistryConf read_registry(const Table& table)
{
    RegistryConf registry;
    registry.location = read_location(table, "location");
    registry.prefix = read_location(table, "prefix");
    registry.insecure = table.flag("insecure");
    registry.blocked = table.flag("blocked");
    if (registry.prefix.empty())
        registry.prefix = registry.location;
    if (registry.prefix.empty())
        table.refuse("prefix", "a registry needs a location or a prefix");
    if (registry.location.empty() && !registry.prefix.starts_with("*."))
        registry.location = registry.prefix;
    if (table.has("pull-from-mirror"))
        table.refuse("pull-from-mirror", cat("must not be set for a non-mirror registry ", skiff::quoted(registry.prefix)));
    const bool digest_only = table.flag("mirror-by-digest-only");
    for (const Table& item : table.tables("mirror")) {
        MirrorConf mirror{read_location(item, "location"), item.flag("insecure"),
                          read_pull_from_mirror(item, digest_only)};
        if (mirror.location.empty())
            item.refuse("location", "a mirror needs one");
        registry.mirrors.push_back(std::move(mirror));
    }
    return registry;
}

ShortNameMode read_short_name_mode(const Table& root, const std::string& value)
{
    if (value == "permissive" || value.empty())
        return ShortNameMode::Permissive;
    if (value == "enforcing")
        return ShortNameMode::Enforcing;
    if (value == "disabled")
        return ShortNameMode::Disabled;
    root.refuse("short-name-mode",
                cat("invalid value ", skiff::quoted(value), ": use enforcing, permissive or disabled"));
}

/// "host", "host:5000", "[::1]:5000".
bool is_host(std::string_view text)
{
    const std::size_t port = text.rfind(':');
    const bool has_port = port != std::string_view::npos && text.find(']', port) == std::string_view::npos;
    const std::string_view digits = has_port ? text.substr(port + 1) : "0";
    const std::string_view host = has_port ? text.substr(0, port) : text;
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return false;
    if (host.starts_with('[') && host.ends_with(']'))
        return host.size() > 2 && host.find_first_not_of("0123456789abcdefABCDEF:", 1) == host.size() - 1;
    return !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
    }) && host.front() != '-' && host.front() != '.';
}

std::vector<std::string> read_search(const Table& table, std::string_view key, std::vector<std::string> registries)
{
    for (std::string& registry : registries) {
        if (registry.starts_with("http://") || registry.starts_with("https://"))
            table.refuse(key, cat("invalid location ", skiff::quoted(registry), ": URI schemes are not supported"));
        while (registry.ends_with('/'))
            registry.pop_back();
        if (!is_host(registry))
            table.refuse(key, cat("invalid entry ", skiff::quoted(registry), ": a registry's host is wanted"));
    }
    return registries;
}

/// Two tables of one file that say opposite things about one place.
void check_conflicts(const std::vector<std::pair<RegistryConf, Table>>& registries)
{
    const auto place = [](const RegistryConf& registry) {
        return registry.location.empty() ? registry.prefix : registry.location;
    };
    for (const auto& [one, table] : registries)
        for (const auto& [other, unused] : registries) {
            if (place(one) != place(other))
                continue;
            const std::string words = cat("registry '", printable(place(one)), "' is defined multiple times with conflicting '");
            if (one.insecure != other.insecure)
                table.refuse("insecure", cat(words, "insecure' setting"));
            if (one.blocked != other.blocked)
                table.refuse("blocked", cat(words, "blocked' setting"));
        }
}

void put_registry(RegistriesConf& conf, RegistryConf registry)
{
    const auto same = std::ranges::find(conf.registries, registry.prefix, &RegistryConf::prefix);
    if (same != conf.registries.end())
        *same = std::move(registry);
    else
        conf.registries.push_back(std::move(registry));
}

oci::Reference parse_alias_part(const Table& aliases, std::string_view key, std::string_view text)
{
    try {
        return oci::Reference::parse(text);
    } catch (const Error& error) {
        aliases.refuse(key, cat("parsing alias ", skiff::quoted(text), ": ", error.message()));
    }
}

void check_alias(const Table& aliases, std::string_view key, const std::string& target)
{
    const oci::Reference name = parse_alias_part(aliases, key, key);
    if (name.has_registry() || !name.tag.empty() || name.digest)
        aliases.refuse(key, "invalid short name: it must contain neither registry nor tag nor digest");
    const oci::Reference full = parse_alias_part(aliases, key, target);
    if (!full.tag.empty() || full.digest)
        aliases.refuse(key, cat("invalid alias ", skiff::quoted(target), ": must contain neither tag nor digest"));
    if (!full.has_registry())
        aliases.refuse(key, cat("invalid alias ", skiff::quoted(target), ": must contain registry and repository"));
}

void merge_aliases(RegistriesConf& conf, const Table& aliases, const std::string& file)
{
    for (const auto& [key, node] : aliases.raw()) {
        const auto target = node.value_exact<std::string>();
        if (!target)
            aliases.refuse(key.str(), "is not a string");
        if (target->empty()) { // how a later file takes an alias away
            conf.aliases.erase(std::string{key.str()});
            continue;
        }
        check_alias(aliases, key.str(), *target);
        conf.aliases[std::string{key.str()}] = {*target, file};
    }
}

/// Version 1: three lists of host names.
void merge_version_1(RegistriesConf& conf, const Table& lists)
{
    const auto each_of = [&](std::string_view list, auto&& use) {
        if (const auto table = lists.table(list))
            for (const std::string& name : table->texts("registries").value_or(std::vector<std::string>{}))
                use(name);
    };
    constexpr std::string_view list_search = "search";
    each_of(list_search, [&](const std::string& name) {
        if (!conf.search)
            conf.search.emplace();
        conf.search->push_back(read_search(lists, list_search, {name}).front());
    });
    std::map<std::string, RegistryConf> registries;
    each_of("insecure", [&](const std::string& name) { registries[name].insecure = true; });
    each_of("block", [&](const std::string& name) { registries[name].blocked = true; });
    for (auto& [name, registry] : registries) {
        registry.prefix = registry.location = name;
        put_registry(conf, std::move(registry));
    }
}

/// Reads `path` if it is there.
bool try_merge_file(RegistriesConf& conf, const std::string& path)
{
    const auto text = find_configuration(path);
    if (!text)
        return false;
    merge_registries_conf(conf, *text, path);
    return true;
}

void merge_directory(RegistriesConf& conf, const std::string& directory)
{
    for (const std::string& path : list_drop_ins(directory, ".conf"))
        try_merge_file(conf, path);
}

} // namespace

void merge_registries_conf(RegistriesConf& conf, std::string_view text, const std::string& file)
{
    toml::table document;
    try {
        document = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        throw Error{ErrorKind::Failure, cat("loading registries configuration ", skiff::quoted(file), ": line ",
                                            error.source().begin.line, ": ", error.description())};
    }
    const Table root{document, file, ""};
    conf.files += cat(conf.files.empty() ? "" : ", ", file);
    if (const auto lists = root.table("registries")) {
        if (root.has("registry") || root.has("unqualified-search-registries"))
            root.refuse("registries", "mixing sysregistry v1/v2 is not supported");
        merge_version_1(conf, *lists);
        return;
    }
    if (auto search = root.texts("unqualified-search-registries"))
        conf.search = read_search(root, "unqualified-search-registries", std::move(*search));
    if (auto helpers = root.texts("credential-helpers"))
        conf.credential_helpers = std::move(*helpers);
    if (const auto mode = root.text("short-name-mode"))
        conf.short_name_mode = read_short_name_mode(root, *mode);
    std::vector<std::pair<RegistryConf, Table>> registries;
    for (Table& table : root.tables("registry"))
        registries.emplace_back(read_registry(table), std::move(table));
    check_conflicts(registries);
    for (auto registry = registries.rbegin(); registry != registries.rend(); ++registry) // of one file the first counts
        put_registry(conf, std::move(registry->first));
    if (const auto aliases = root.table("aliases"))
        merge_aliases(conf, *aliases, file);
}

RegistriesConf load_registries_conf(const ConfigPlaces& places)
{
    RegistriesConf conf;
    const std::string user = cat(places.config_home, "/containers/registries.conf");
    const std::string system = cat(places.etc, "/containers/registries.conf");
    const std::string vendor = cat(places.share, "/containers/registries.conf");
    // The user's own file replaces the system's with its drop-ins; the user's drop-ins alone add to the system's.
    bool with_system = true;
    if (!places.registries_conf.empty()) {
        conf.path = places.registries_conf;
        if (!try_merge_file(conf, conf.path))
            throw Error{ENOENT, cat("loading registries configuration ", skiff::quoted(conf.path))};
    } else if (!places.config_home.empty() && try_merge_file(conf, user)) {
        conf.path = user;
        with_system = false;
    } else {
        conf.path = system;
        if (!try_merge_file(conf, system) && try_merge_file(conf, vendor))
            conf.path = vendor;
    }
    if (with_system) {
        merge_directory(conf, cat(places.share, "/containers/registries.conf.d"));
        merge_directory(conf, cat(places.etc, "/containers/registries.conf.d"));
    }
    if (!places.config_home.empty())
        merge_directory(conf, cat(user, ".d"));
    if (!places.cache_home.empty())
        try_merge_file(conf, cat(places.cache_home, "/containers/short-name-aliases.conf"));
    if (!places.registries_conf_override.empty())
        try_merge_file(conf, places.registries_conf_override);
    return conf;
}

std::size_t matching_length(std::string_view name, std::string_view prefix)
{
    if (prefix.starts_with("*.")) {
        const std::string_view host = name.substr(0, name.find_first_of(":/@"));
        return host.ends_with(prefix.substr(1)) ? host.size() : 0;
    }
    if (!name.starts_with(prefix))
        return 0;
    if (name.size() == prefix.size())
        return prefix.size();
    const char next = name[prefix.size()];
    const bool is_host_only = prefix.find('/') == std::string_view::npos; // then ":" starts a port, not a tag
    return next == '/' || next == '@' || (next == ':' && !is_host_only) ? prefix.size() : 0;
}

const RegistryConf* RegistriesConf::find(std::string_view name) const
{
    const RegistryConf* best = nullptr;
    std::size_t best_length = 0;
    for (const RegistryConf& registry : registries) {
        const std::size_t length = matching_length(name, registry.prefix);
        // An exact host beats a wildcard that fits the same letters.
        const bool wins =
            length > best_length || (length == best_length && length > 0 && best->prefix.starts_with("*."));
        if (length > 0 && wins) {
            best = &registry;
            best_length = length;
        }
    }
    return best;
}

std::string rewrite_name(std::string_view name, std::string_view prefix, std::string_view location)
{
    if (location.empty())
        return std::string{name};
    return cat(location, name.substr(matching_length(name, prefix)));
}

} // namespace skiff::registry
