#include "registry/auth.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "registry/auth_file.hpp"
#include "registry/base64.hpp"
#include "registry/credential_helper.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::registry {
namespace {

/// The forms in which files name a registry are many: with scheme, with /v1/, with docker.io's several hosts.
std::string normalize_host(std::string_view key)
{
    for (const std::string_view scheme : {"https://", "http://"})
        if (key.starts_with(scheme))
            key.remove_prefix(scheme.size());
    std::string host{key.substr(0, key.find('/'))};
    return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host;
}

/// "host/a/b" gives "host/a/b", "host/a", "host".
std::vector<std::string> scopes_of(std::string_view name)
{
    std::vector<std::string> scopes;
    for (;;) {
        scopes.emplace_back(name);
        const std::size_t slash = name.rfind('/');
        if (slash == std::string_view::npos)
            return scopes;
        name = name.substr(0, slash);
    }
}

using text::JsonFields;

/// One entry of "auths". Nothing when it holds no secret (Docker leaves such entries behind for its helpers).
std::optional<Credentials> read_entry(const nlohmann::json& value, const std::string& key)
{
    const JsonFields entry{value, cat("auths.", key)};
    Credentials credentials;
    credentials.identity_token = entry.text_or("identitytoken", "");
    const std::string packed = entry.text_or("auth", "");
    if (!packed.empty()) {
        const auto pair = find_base64(packed);
        const std::size_t colon = pair ? pair->find(':') : std::string::npos;
        if (colon == std::string::npos)
            throw entry.complain("auth", "is not base64 of user:password");
        credentials.username = pair->substr(0, colon);
        credentials.password = pair->substr(colon + 1);
        while (credentials.password.ends_with('\0')) // old Docker versions padded with NUL
            credentials.password.pop_back();
    } else {
        credentials.username = entry.text_or("username", "");
        credentials.password = entry.text_or("password", "");
    }
    if (credentials.identity_token.empty() && credentials.username.empty())
        return std::nullopt;
    return credentials;
}

std::optional<Credentials> find_entry(const nlohmann::json& auths, std::string_view name)
{
    for (const std::string& scope : scopes_of(name))
        if (const auto exact = auths.find(scope); exact != auths.end())
            if (auto credentials = read_entry(*exact, scope))
                return credentials;
    // Docker's own spellings: "https://index.docker.io/v1/", "https://registry.example.com".
    const std::string host = normalize_host(name);
    for (const auto& [key, entry] : auths.items())
        if ((key.find("://") != std::string::npos || key.find('/') == std::string::npos) && normalize_host(key) == host)
            if (auto credentials = read_entry(entry, key))
                return credentials;
    return std::nullopt;
}

std::optional<Credentials> find_in_document(const nlohmann::json& value, bool is_legacy, std::string_view name)
{
    const JsonFields document{value};
    if (is_legacy) // the file is what "auths" is in the others
        return find_entry(value, name);
    if (const auto helpers = document.find_object("credHelpers"))
        for (const std::string& scope : scopes_of(name))
            if (const std::string helper = helpers->text_or(scope, ""); !helper.empty())
                return CredentialHelper{helper}.find(scope);
    if (const auto auths = document.find_object("auths"))
        if (auto credentials = find_entry(auths->value(), name))
            return credentials;
    if (const std::string store = document.text_or("credsStore", ""); !store.empty())
        return CredentialHelper{store}.find(server_for_store(normalize_host(name)));
    return std::nullopt;
}

/// Nothing when it is not there, or is another user's: root's lies where an unprivileged user without $XDG_RUNTIME_DIR
/// would have it, too.
std::optional<std::string> find_auth_file(const std::string& path)
{
    try {
        return find_file(AT_FDCWD, path, most_auth_file_bytes);
    } catch (const Error& error) {
        if (error.errno_value() != EACCES)
            throw;
        log::debug(cat("credentials in ", skiff::quoted(path), " cannot be read; ignored"));
        return std::nullopt;
    }
}

std::optional<Credentials> find_in_files(const ConfigPlaces& places, const std::string& authfile, std::string_view name)
{
    for (const std::string& path : auth_file_paths(places, authfile)) {
        const auto text = find_auth_file(path);
        if (!text) {
            if (path == authfile)
                check_auth_file(authfile);
            continue;
        }
        if (auto credentials = find_credentials_in(*text, path, name))
            return credentials;
    }
    return std::nullopt;
}

} // namespace

nlohmann::json parse_secret_document(std::string_view text)
{
    try {
        return text::parse_strict_json(text);
    } catch (const Error&) {
        throw Error{ErrorKind::Failure, "invalid JSON"};
    }
}

std::vector<std::string> auth_file_paths(const ConfigPlaces& places, const std::string& authfile)
{
    if (!authfile.empty())
        return {authfile};
    if (!places.auth_file.empty())
        return {places.auth_file};
    if (places.docker_config_is_chosen) // Podman: then nothing else is asked
        return {cat(places.docker_config, "/config.json")};
    std::vector<std::string> paths;
    if (!places.runtime_dir.empty())
        paths.push_back(cat(places.runtime_dir, "/containers/auth.json"));
    if (!places.config_home.empty())
        paths.push_back(cat(places.config_home, "/containers/auth.json"));
    if (!places.docker_config.empty())
        paths.push_back(cat(places.docker_config, "/config.json"));
    if (!places.home.empty())
        paths.push_back(cat(places.home, "/.dockercfg"));
    return paths;
}

void check_auth_file(const std::string& path)
{
    if (!path.empty() && ::faccessat(AT_FDCWD, path.c_str(), F_OK, 0) != 0)
        throw Error{errno, cat("credential file is not accessible: faccessat ", path)};
}

std::optional<Credentials> find_credentials_in(std::string_view text, const std::string& path, std::string_view name)
{
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) // `--authfile <(...)` and fresh temporary files
        return std::nullopt;
    return while_doing(cat("reading credentials from ", skiff::quoted(path)), [&] {
        return find_in_document(parse_secret_document(text), path.ends_with("/.dockercfg"), name);
    });
}

std::optional<Credentials> find_credentials(const ConfigPlaces& places, const RegistriesConf& conf,
                                            const TransportOptions& options, std::string_view name)
{
    if (!options.creds.empty())
        return parse_credentials(options.creds);
    std::vector<std::string> helpers = conf.credential_helpers;
    if (helpers.empty())
        helpers.emplace_back("containers-auth.json");
    for (const std::string& helper : helpers) {
        auto credentials = helper == "containers-auth.json" ? find_in_files(places, options.authfile, name)
                                                            : CredentialHelper{helper}.find(normalize_host(name));
        if (credentials)
            return credentials;
    }
    return std::nullopt;
}

} // namespace skiff::registry
