#pragma once

#include "registry/config_places.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::registry {

/// When a mirror may be asked.
enum class PullFromMirror
{
    All,
    DigestOnly,
    TagOnly
};

struct MirrorConf
{
    std::string location; ///< host[:port][/path]
    bool insecure = false;
    PullFromMirror pull = PullFromMirror::All;
};

/// One [[registry]] table.
struct RegistryConf
{
    std::string prefix;   ///< "host[:port][/path]" or "*.example.com"
    std::string location; ///< takes the place of the prefix; empty: the prefix stays
    bool insecure = false;
    bool blocked = false;
    std::vector<MirrorConf> mirrors;
};

/// What a short name without an alias may become.
enum class ShortNameMode
{
    Permissive, ///< what the user chooses; where nobody can be asked, each search registry in turn
    Enforcing,  ///< what the user chooses, or the only search registry
    Disabled,   ///< each search registry in turn
};

struct Alias
{
    std::string target; ///< full name without tag
    std::string file;   ///< who says so
};

/// registries.conf with everything that lies around it. Source: containers-registries.conf(5), version 2; of version 1
/// only the file that has nothing else is read.
struct RegistriesConf
{
    std::optional<std::vector<std::string>> search; ///< unqualified-search-registries; nothing: no file says anything
    std::vector<RegistryConf> registries;
    std::map<std::string, Alias> aliases;
    ShortNameMode short_name_mode = ShortNameMode::Permissive;
    std::vector<std::string> credential_helpers; ///< "containers-auth.json" stands for the files; nothing: only that
    std::string path;                            ///< the main file, there or not: for messages
    std::string files;                           ///< all files that were read, as messages name them

    /// The table whose prefix fits the longest part of `name` ("host/path[:tag][@digest]").
    [[nodiscard]] const RegistryConf* find(std::string_view name) const;
};

/// Adds what `text` says to `conf`: tables of the same prefix, aliases of the same name and lists are replaced.
/// Throws Error naming `file` and the place.
void merge_registries_conf(RegistriesConf& conf, std::string_view text, const std::string& file);

/// The user's file alone, else the system's; then the drop-in directories, in the order of their names, and the user's
/// remembered short names.
RegistriesConf load_registries_conf(const ConfigPlaces& places);

/// How long a part of `name` the prefix fits; 0: not at all. "host" fits "host/x" but not "host:5000/x".
std::size_t matching_length(std::string_view name, std::string_view prefix);

/// `name` as it is called at the other place: the matched part is replaced by `location`.
std::string rewrite_name(std::string_view name, std::string_view prefix, std::string_view location);

} // namespace skiff::registry
