#include "registry/policy.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::registry {
namespace {

using nlohmann::json;
using text::JsonFields;

constexpr std::size_t most_policy_bytes = 4U << 20U;

constexpr std::string_view known_types[] = {"insecureAcceptAnything", "reject", "signedBy", "signedBaseLayer",
                                            "sigstoreSigned"};

void refuse_unknown_keys(const JsonFields& object, std::initializer_list<std::string_view> known)
{
    for (const auto& [key, value] : object.value().items())
        if (std::ranges::find(known, std::string_view{key}) == known.end())
            throw object.complain(key, "is not known");
}

/// A list of requirements, each of a kind that exists.
void check_requirements(const std::vector<JsonFields>& requirements)
{
    if (requirements.empty())
        throw Error{ErrorKind::Failure, "list of verification policy requirements must not be empty"};
    for (const JsonFields& requirement : requirements) {
        const std::string type = requirement.text("type");
        if (std::ranges::find(known_types, type) == std::end(known_types))
            throw Error{ErrorKind::Failure, cat("unknown policy requirement type \"", printable(type), "\"")};
        if (type == "insecureAcceptAnything" || type == "reject")
            refuse_unknown_keys(requirement, {"type"});
    }
}

/// The whole policy, well-formed.
json parse_policy(std::string_view text)
{
    json policy = text::parse_strict_json(text);
    const JsonFields fields{policy};
    refuse_unknown_keys(fields, {"default", "transports"});
    if (!fields.has("default"))
        throw Error{ErrorKind::Failure, "default policy is missing"};
    check_requirements(fields.objects("default"));
    fields.for_each("transports", [](const std::string& transport, const json& scopes) {
        const JsonFields lists{scopes, cat("transports.", transport)};
        for (const auto& [scope, list] : scopes.items())
            check_requirements(lists.objects(scope));
    });
    return policy;
}

/// Most specific first: the scope itself, then without tag or digest, then every leading path, then wildcards of the
/// host, then the transport's own default (the empty scope).
std::vector<std::string> scopes_of(std::string_view transport, std::string_view scope)
{
    std::vector<std::string> scopes{std::string{scope}};
    const std::size_t last_slash = scope.rfind('/');
    const std::size_t end = scope.find_first_of(":@", last_slash == std::string_view::npos ? scope.size() : last_slash);
    if (end != std::string_view::npos)
        scopes.emplace_back(scope = scope.substr(0, end));
    for (std::size_t slash = scope.rfind('/'); slash != std::string_view::npos && slash > 0; slash = scope.rfind('/'))
        scopes.emplace_back(scope = scope.substr(0, slash));
    if (transport == "docker") {
        scope = scope.substr(0, scope.rfind(':')); // wildcards are for every port
        for (std::size_t dot = scope.find('.'); dot != std::string_view::npos; dot = scope.find('.'))
            scopes.push_back(cat("*.", scope = scope.substr(dot + 1)));
    }
    scopes.emplace_back("");
    return scopes;
}

/// The list of requirements that counts for the scope.
std::vector<JsonFields> requirements_for(const JsonFields& policy, std::string_view transport, std::string_view scope)
{
    const auto transports = policy.find_object("transports");
    const auto scopes = transports ? transports->find_object(transport) : std::nullopt;
    if (scopes)
        for (const std::string& name : scopes_of(transport, scope))
            if (scopes->has(name))
                return scopes->objects(name);
    return policy.objects("default");
}

std::string shown_type(const std::string& type)
{
    if (type == "insecureAcceptAnything")
        return "accept";
    return type == "signedBy" ? "signed" : type;
}

std::string keys_of(const JsonFields& requirement)
{
    std::vector<std::string> paths = requirement.texts("keyPaths");
    if (const std::string path = requirement.text_or("keyPath", ""); !path.empty())
        paths.insert(paths.begin(), path);
    if (requirement.has("keyData"))
        paths.emplace_back("in the policy");
    std::string joined;
    for (const std::string& path : paths)
        joined += cat(joined.empty() ? "" : ", ", path);
    return joined;
}

void add_rules(std::vector<TrustRule>& rules, const TrustRule& form, const std::vector<JsonFields>& requirements)
{
    for (const JsonFields& requirement : requirements) {
        TrustRule rule = form;
        rule.type = shown_type(requirement.text("type"));
        rule.keys = keys_of(requirement);
        rules.push_back(std::move(rule));
    }
}

} // namespace

void check_policy(std::string_view text, std::string_view transport, std::string_view scope, const std::string& shown)
{
    const json policy = parse_policy(text);
    for (const JsonFields& requirement : requirements_for(JsonFields{policy}, transport, scope)) {
        const std::string type = requirement.text("type");
        if (type == "insecureAcceptAnything")
            continue;
        if (type == "reject")
            throw Error{ErrorKind::Failure,
                        cat("Source image rejected: Running image ", shown, " is rejected by policy.")};
        throw Error{ErrorKind::Failure, cat("Source image rejected: the policy asks for a check of kind ",
                                            skiff::quoted(type), ", which skiff cannot do")}
            .with_hint("skiff cannot check signatures; `image trust show` tells which images are accepted without");
    }
}

std::optional<std::string> find_policy_file(const ConfigPlaces& places)
{
    if (!places.policy.empty())
        return places.policy;
    // A home that this user may not enter (`sudo -u`) has no policy for them. One that is there and cannot be read is
    // an error for whoever reads it: to go on without would accept what it forbids.
    if (!places.config_home.empty())
        if (std::string own = cat(places.config_home, "/containers/policy.json"); ::access(own.c_str(), F_OK) == 0)
            return own;
    for (const std::string& directory : {places.etc, places.share})
        if (std::string path = cat(directory, "/containers/policy.json"); find_at(AT_FDCWD, path, O_PATH))
            return path;
    return std::nullopt;
}

void check_policy(const ConfigPlaces& places, const std::string& signature_policy, std::string_view transport,
                  std::string_view scope, const std::string& shown)
{
    const auto path = signature_policy.empty() ? find_policy_file(places) : std::optional{signature_policy};
    if (!path)
        return;
    while_doing(cat("checking the policy ", skiff::quoted(*path)),
                [&] { check_policy(read_file(AT_FDCWD, *path, most_policy_bytes), transport, scope, shown); });
}

std::string policy_scope_of_path(std::string_view transport, const std::string& path)
{
    if (transport == "docker-archive" || path.empty())
        return "";
    char* real = ::realpath(path.c_str(), nullptr);
    if (real == nullptr)
        return path;
    std::string scope{real};
    std::free(real); // NOLINT(cppcoreguidelines-no-malloc): realpath's
    return scope;
}

std::vector<TrustRule> list_trust(std::string_view policy)
{
    const json document = parse_policy(policy);
    const JsonFields fields{document};
    std::vector<TrustRule> rules;
    add_rules(rules, {"all", "* (default)", "default", "", ""}, fields.objects("default"));
    fields.for_each("transports", [&](const std::string& transport, const json& scopes) {
        const JsonFields lists{scopes, cat("transports.", transport)};
        for (const auto& [scope, list] : scopes.items())
            add_rules(rules, {transport == "docker" ? "repository" : transport, scope, scope, "", ""}, lists.objects(scope));
    });
    return rules;
}

std::string set_trust(std::string_view policy, const std::string& scope, const std::string& type)
{
    json document = policy.empty() ? json::object() : parse_policy(policy);
    const json requirements = json::array({{{"type", type}}});
    if (scope == "default") {
        document["default"] = requirements;
        return document.dump(4) + "\n";
    }
    if (!document.contains("default"))
        throw Error{ErrorKind::Failure, "default trust policy must be set"};
    json* list = &document["transports"]["docker"][scope];
    for (auto& [transport, scopes] : document["transports"].items()) // the scope may be one of another transport
        if (transport != "docker" && scopes.contains(scope) && list->is_null())
            list = &scopes[scope];
    *list = requirements;
    json& docker = document["transports"]["docker"];
    if (docker.contains(scope) && docker[scope].is_null())
        docker.erase(scope);
    if (docker.empty())
        document["transports"].erase("docker");
    return document.dump(4) + "\n";
}

} // namespace skiff::registry
