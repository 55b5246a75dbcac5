#include "registry/auth_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "registry/auth.hpp"
#include "registry/base64.hpp"
#include "registry/credential_helper.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <sys/file.h>

namespace skiff::registry {
namespace {

using nlohmann::json;

json load_document(const std::string& path)
{
    const auto text = find_file(AT_FDCWD, path, most_auth_file_bytes);
    if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos)
        return json::object();
    json document = parse_secret_document(*text);
    if (!document.is_object())
        throw Error{ErrorKind::Failure, "it is no JSON object"};
    for (const char* key : {"auths", "credHelpers"})
        if (document.contains(key) && !document[key].is_object())
            throw Error{ErrorKind::Failure, cat("field \"", key, "\" must be an object")};
    return document;
}

std::string parent_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// A link stays one: people keep such files in a repository of their own.
std::string behind_link(const std::string& path, const std::string& directory)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode))
        return path;
    const std::string target = read_link_at(AT_FDCWD, path);
    return target.starts_with('/') ? target : cat(directory, "/", target);
}

enum class Changed
{
    No,
    Yes
};

/// Reads, lets `change` work, writes. Two logins at once do not lose each other's entry: they take turns by a lock on the
/// directory, which other tools do not know of.
void edit(const std::string& path, const std::function<Changed(json&)>& change)
{
    while_doing(cat("updating ", skiff::quoted(path)), [&] {
        const std::string directory = parent_of(path);
        make_directories(directory);
        const UniqueFd lock = open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
        while (::flock(lock.get(), LOCK_EX) != 0 && errno == EINTR) {
        }
        const std::string real = behind_link(path, directory);
        json document = load_document(real);
        if (change(document) == Changed::Yes)
            save_atomically(AT_FDCWD, real, document.dump(1, '\t', false, json::error_handler_t::replace),
                            Durability::Fsync, 0600);
    });
}

std::string text_at(const json& document, const char* table, const std::string& key)
{
    const auto found = document.find(table);
    if (found == document.end() || !found->is_object())
        return {};
    const auto value = found->find(key);
    return value != found->end() && value->is_string() ? value->get<std::string>() : std::string{};
}

std::string store_of(const json& document)
{
    const auto found = document.find("credsStore");
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool is_namespaced(const std::string& key) { return key.find('/') != std::string::npos; }

void refuse_namespace(const std::string& helper, const std::string& key)
{
    if (is_namespaced(key))
        throw Error{ErrorKind::Failure, cat("namespaced key is not supported for credential helper ", helper)};
}

std::string save_in_helper(const std::string& helper, const std::string& server, const Credentials& credentials)
{
    refuse_namespace(helper, server.starts_with("https://") ? "" : server);
    CredentialHelper{helper}.store(server, credentials);
    return cat("credential helper: ", helper);
}

std::string save_in_file(const AuthFile& file, const std::string& key, const Credentials& credentials)
{
    std::string where = file.path;
    const std::string entry = file.is_docker ? server_for_store(key) : key;
    edit(file.path, [&](json& document) {
        if (const std::string helper = text_at(document, "credHelpers", key); !helper.empty()) {
            where = save_in_helper(helper, key, credentials);
            return Changed::No;
        }
        if (const std::string store = store_of(document); !store.empty() && !is_namespaced(key)) {
            where = save_in_helper(store, server_for_store(key), credentials);
            document["auths"][entry] = json::object(); // as Docker marks what its key ring has
            return Changed::Yes;
        }
        document["auths"][entry] = {{"auth", base64_encode(cat(credentials.username, ":", credentials.password))}};
        return Changed::Yes;
    });
    return where;
}

bool erase_from_helper(const std::string& helper, const std::string& server)
{
    return while_doing(cat("removing credentials for ", server, " from credential helper ", helper),
                       [&] { return CredentialHelper{helper}.erase(server); });
}

bool remove_from_file(const AuthFile& file, const std::string& key)
{
    bool removed = false;
    edit(file.path, [&](json& document) {
        if (!is_namespaced(key)) {
            if (const std::string helper = text_at(document, "credHelpers", key); !helper.empty())
                removed = erase_from_helper(helper, key);
            if (const std::string store = store_of(document); !store.empty())
                removed = erase_from_helper(store, server_for_store(key)) || removed;
        }
        const auto auths = document.find("auths");
        if (auths == document.end())
            return Changed::No;
        const bool was_there = auths->erase(file.is_docker ? server_for_store(key) : key) > 0;
        removed = removed || was_there;
        return was_there ? Changed::Yes : Changed::No;
    });
    return removed;
}

void remove_all_from_file(const AuthFile& file)
{
    edit(file.path, [&](json& document) {
        if (const auto helpers = document.find("credHelpers"); helpers != document.end())
            for (const auto& [server, helper] : helpers->items())
                if (helper.is_string())
                    erase_from_helper(helper.get<std::string>(), server);
        if (const std::string store = store_of(document); !store.empty() && document.contains("auths"))
            for (const auto& [server, entry] : document["auths"].items())
                erase_from_helper(store, server);
        if (document.contains("credHelpers") && !file.is_docker)
            document["credHelpers"] = json::object();
        document["auths"] = json::object();
        return Changed::Yes;
    });
}

constexpr std::string_view the_files = "containers-auth.json"; ///< among registries.conf's credential-helpers

std::vector<std::string> helpers_for(const AuthFile& file, const RegistriesConf& conf)
{
    if (file.is_docker || conf.credential_helpers.empty())
        return {std::string{the_files}};
    return conf.credential_helpers;
}

} // namespace

std::string server_for_store(const std::string& host)
{
    return host == "docker.io" ? "https://index.docker.io/v1/" : host;
}

AuthFile choose_auth_file(const ConfigPlaces& places, const std::string& authfile, const std::string& compat_file)
{
    if (!authfile.empty() && !compat_file.empty())
        throw Error{ErrorKind::Failure, "options for paths to the credential file and to the Docker-compatible credential "
                                        "file can not be set simultaneously"};
    if (!authfile.empty())
        return {authfile};
    if (!compat_file.empty())
        return {compat_file, true};
    if (!places.auth_file.empty())
        return {places.auth_file};
    if (places.docker_config_is_chosen)
        return {cat(places.docker_config, "/config.json"), true};
    if (!places.runtime_dir.empty())
        return {cat(places.runtime_dir, "/containers/auth.json")};
    if (places.config_home.empty())
        throw Error{ErrorKind::Failure, "there is no place for credentials: neither $XDG_RUNTIME_DIR nor $HOME is set"}
            .with_hint("name a file with --authfile");
    return {cat(places.config_home, "/containers/auth.json")};
}

std::string save_credentials(const AuthFile& file, const RegistriesConf& conf, const std::string& key,
                             const Credentials& credentials)
{
    if (file.is_docker && is_namespaced(key))
        throw Error{ErrorKind::Failure,
                    cat("Credentials cannot be recorded in Docker-compatible format with namespaced key \"", key, "\"")};
    std::optional<Error> first;
    for (const std::string& helper : helpers_for(file, conf)) {
        try {
            return helper == the_files ? save_in_file(file, key, credentials)
                                       : save_in_helper(helper, key, credentials);
        } catch (const Error& error) { // the next one may be able to
            log::debug(cat("storing credentials for ", key, " in ", helper, ": ", error.message()));
            if (!first)
                first = error;
        }
    }
    first->add_context("storing credentials");
    throw *first;
}

bool remove_credentials(const AuthFile& file, const RegistriesConf& conf, const std::string& key)
{
    bool removed = false;
    for (const std::string& helper : helpers_for(file, conf))
        if (helper == the_files)
            removed = remove_from_file(file, key) || removed;
        else if (!is_namespaced(key))
            removed = erase_from_helper(helper, key) || removed;
    return removed;
}

void remove_all_credentials(const AuthFile& file, const RegistriesConf& conf)
{
    for (const std::string& helper : helpers_for(file, conf)) {
        if (helper == the_files) {
            remove_all_from_file(file);
            continue;
        }
        for (const std::string& server : CredentialHelper{helper}.list())
            erase_from_helper(helper, server);
    }
}

} // namespace skiff::registry
