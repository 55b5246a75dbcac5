#include "engine/login.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "oci/reference.hpp"
#include "registry/auth_file.hpp"
#include "registry/check_login.hpp"

#include <unistd.h>

namespace skiff::engine {
namespace {

using registry::ConfigPlaces;
using registry::Credentials;

registry::TransportOptions make_options(const LoginPlace& place)
{
    registry::TransportOptions options;
    options.tls_verify = place.tls_verify;
    options.cert_dir = place.cert_dir;
    options.authfile = place.compat_auth_file.empty() ? place.authfile : place.compat_auth_file;
    options.retries = 0; // somebody waits at the terminal
    return options;
}

std::string without_scheme(const std::string& word)
{
    for (const std::string_view scheme : {"https://", "http://"})
        if (word.starts_with(scheme)) {
            const std::string rest = word.substr(scheme.size());
            return rest.substr(0, rest.find('/'));
        }
    return word;
}

} // namespace

LoginTarget make_login_target(const std::string& word)
{
    if (word.empty()) {
        const registry::RegistriesConf conf = registry::load_registries_conf(ConfigPlaces::from_environment());
        if (!conf.search || conf.search->empty())
            throw Error{ErrorKind::Failure, "no registries found in registries.conf, a registry must be provided"};
        return {conf.search->front(), conf.search->front()};
    }
    LoginTarget target;
    target.key = without_scheme(word);
    target.host = target.key.substr(0, target.key.find('/'));
    if (target.host.empty())
        throw Error{ErrorKind::Usage, cat("registry name missing in ", quoted(word))};
    if (target.host == target.key)
        return target;
    // "docker.io/team" is no image, but has the form of one.
    const oci::Reference reference = while_doing(cat("parse reference from \"", printable(target.key), "\""),
                                                 [&] { return oci::Reference::parse(target.key); });
    if (!reference.tag.empty() || reference.digest)
        throw Error{ErrorKind::Usage, cat("reference \"", printable(target.key), "\" contains tag or digest")};
    if (!reference.has_registry())
        throw Error{ErrorKind::Usage, cat("key ", quoted(target.key), " has no registry in it")};
    return target;
}

void check_login_place(const LoginPlace& place)
{
    registry::choose_auth_file(ConfigPlaces::from_environment(), place.authfile, place.compat_auth_file);
}

std::optional<Credentials> find_login(const LoginTarget& target, const LoginPlace& place)
{
    const ConfigPlaces places = ConfigPlaces::from_environment();
    const registry::TransportOptions options = make_options(place);
    if (!options.authfile.empty() && ::access(options.authfile.c_str(), F_OK) != 0) // it will be made
        return std::nullopt;
    return while_doing("get credentials", [&] {
        return registry::find_credentials(places, registry::load_registries_conf(places), options, target.key);
    });
}

bool is_login_valid(const LoginTarget& target, const LoginPlace& place, const Credentials& credentials)
{
    const ConfigPlaces places = ConfigPlaces::from_environment();
    return registry::check_login(target.host, credentials, places, registry::load_registries_conf(places),
                                 make_options(place));
}

std::string log_in(const LoginTarget& target, const LoginPlace& place, const Credentials& credentials)
{
    const ConfigPlaces places = ConfigPlaces::from_environment();
    const registry::AuthFile file = registry::choose_auth_file(places, place.authfile, place.compat_auth_file);
    const bool valid = while_doing(cat("authenticating creds for \"", printable(target.key), "\""),
                                   [&] { return is_login_valid(target, place, credentials); });
    if (!valid)
        throw Error{ErrorKind::Failure, cat("logging into \"", printable(target.key), "\": invalid username/password")};
    return registry::save_credentials(file, registry::load_registries_conf(places), target.key, credentials);
}

LogoutOutcome log_out(const LoginTarget& target, const LoginPlace& place)
{
    const ConfigPlaces places = ConfigPlaces::from_environment();
    registry::check_auth_file(place.authfile);
    registry::check_auth_file(place.compat_auth_file);
    const registry::AuthFile file = registry::choose_auth_file(places, place.authfile, place.compat_auth_file);
    const bool removed =
        while_doing(cat("logging out of \"", printable(target.key), "\""), [&] {
            return registry::remove_credentials(file, registry::load_registries_conf(places), target.key);
        });
    if (removed)
        return LogoutOutcome::Removed;
    try {
        const auto kept = find_login(target, place);
        if (kept && !kept->password.empty() && is_login_valid(target, place, *kept))
            return LogoutOutcome::KeptByDocker;
    } catch (const Error& error) {
        log::debug(cat("asking ", target.host, " whether other credentials are good: ", error.message()));
    }
    throw Error{ErrorKind::Failure, cat("not logged into ", printable(target.key))};
}

void log_out_of_all(const LoginPlace& place)
{
    const ConfigPlaces places = ConfigPlaces::from_environment();
    registry::check_auth_file(place.authfile);
    registry::check_auth_file(place.compat_auth_file);
    registry::remove_all_credentials(registry::choose_auth_file(places, place.authfile, place.compat_auth_file),
                                     registry::load_registries_conf(places));
}

} // namespace skiff::engine
