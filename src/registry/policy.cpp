#include "registry/policy.hpp"

#include "base/configuration.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>
#include <vector>

namespace skiff::registry {
namespace {

using nlohmann::json;
using text::JsonFields;

/// Most specific first: the scope itself, then without tag or digest, then every leading path, then wildcards of the
/// host, then the transport's own default (the empty scope).
std::vector<std::string> scopes_of(std::string_view scope)
{
    std::vector<std::string> scopes{std::string{scope}};
    const std::size_t last_slash = scope.rfind('/');
    const std::size_t end = scope.find_first_of(":@", last_slash == std::string_view::npos ? scope.size() : last_slash);
    if (end != std::string_view::npos)
        scopes.emplace_back(scope = scope.substr(0, end));
    for (std::size_t slash = scope.rfind('/'); slash != std::string_view::npos && slash > 0; slash = scope.rfind('/'))
        scopes.emplace_back(scope = scope.substr(0, slash));
    for (std::size_t dot = scope.find('.'); dot != std::string_view::npos; dot = scope.find('.'))
        scopes.push_back(cat("*.", scope = scope.substr(dot + 1)));
    scopes.emplace_back("");
    return scopes;
}

/// The list of requirements that counts for the scope.
std::vector<JsonFields> requirements_for(const JsonFields& policy, std::string_view transport, std::string_view scope)
{
    const auto transports = policy.find_object("transports");
    const auto scopes = transports ? transports->find_object(transport) : std::nullopt;
    if (scopes)
        for (const std::string& name : scopes_of(scope))
            if (scopes->has(name))
                return scopes->objects(name);
    if (!policy.has("default"))
        throw Error{ErrorKind::Failure, "default policy is missing"};
    return policy.objects("default");
}

} // namespace

void check_policy(std::string_view text, std::string_view transport, std::string_view scope, const std::string& shown)
{
    const json policy = text::parse_strict_json(text);
    const auto requirements = requirements_for(JsonFields{policy}, transport, scope);
    if (requirements.empty())
        throw Error{ErrorKind::Failure, "list of verification policy requirements must not be empty"};
    for (const JsonFields& requirement : requirements) {
        const std::string type = requirement.text("type");
        if (type == "insecureAcceptAnything")
            continue;
        if (type == "reject")
            throw Error{ErrorKind::Failure,
                        cat("Source image rejected: Running image ", shown, " is rejected by policy.")};
        throw Error{ErrorKind::Failure, cat("Source image rejected: the policy asks for a check of kind ",
                                            skiff::quoted(type), ", which skiff cannot do")};
    }
}

void check_policy(const ConfigPlaces& places, const std::string& signature_policy, std::string_view transport,
                  std::string_view scope, const std::string& shown)
{
    std::vector<std::string> paths;
    if (!signature_policy.empty()) {
        paths.push_back(signature_policy);
    } else {
        if (!places.config_home.empty())
            paths.push_back(cat(places.config_home, "/containers/policy.json"));
        paths.push_back(cat(places.etc, "/containers/policy.json"));
        paths.push_back(cat(places.share, "/containers/policy.json"));
    }
    for (const std::string& path : paths) {
        const auto text = find_configuration(path);
        if (text)
            return while_doing(cat("checking the policy ", skiff::quoted(path)),
                               [&] { check_policy(*text, transport, scope, shown); });
    }
    if (!signature_policy.empty())
        throw Error{ENOENT, cat("opening the policy ", skiff::quoted(signature_policy))};
}

} // namespace skiff::registry
