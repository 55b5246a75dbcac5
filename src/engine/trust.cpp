#include "engine/trust.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace skiff::engine {
namespace {

using registry::ConfigPlaces;

constexpr std::size_t most_bytes = 4U << 20U;

/// "quay.io", "localhost:5000/team", "*.example.com".
bool is_scope(const std::string& scope)
{
    const bool plain = std::ranges::all_of(scope, [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view{"-_./:@*"}.find(static_cast<char>(c)) != std::string_view::npos;
    });
    return plain && !scope.empty() && scope.front() != '/' && scope.front() != ':' &&
           scope.find('*', 1) == std::string::npos && (scope.front() != '*' || scope.starts_with("*."));
}

/// What the file is to be based on when it does not exist.
std::string policy_in_force(const ConfigPlaces& places)
{
    const auto path = registry::find_policy_file(places);
    return path ? read_file(AT_FDCWD, *path, most_bytes) : std::string{};
}

} // namespace

std::string trust_file(const std::string& chosen)
{
    if (!chosen.empty())
        return chosen;
    const auto path = registry::find_policy_file(ConfigPlaces::from_environment());
    if (!path)
        throw Error{ErrorKind::NotFound, "there is no policy.json: all images are accepted"};
    return *path;
}

std::string load_trust(const std::string& path) { return read_file(AT_FDCWD, path, most_bytes); }

std::vector<registry::TrustRule> list_trust(const std::string& path)
{
    return while_doing(cat("could not read trust policies: ", quoted(path)),
                       [&] { return registry::list_trust(load_trust(path)); });
}

void set_trust(const std::string& scope, const std::string& type, const std::string& chosen)
{
    if (!is_scope(scope))
        throw Error{ErrorKind::Usage, cat("invalid image uri: ", printable(scope))};
    const ConfigPlaces places = ConfigPlaces::from_environment();
    const std::string path = chosen.empty() ? cat(places.config_home, "/containers/policy.json") : chosen;
    if (chosen.empty() && places.config_home.empty())
        throw Error{ErrorKind::Failure, "there is no place for a policy of your own: $HOME is not set"};
    const auto before = find_file(AT_FDCWD, path, most_bytes);
    const std::string after = while_doing(cat("setting trust policy in ", quoted(path)), [&] {
        return registry::set_trust(before ? *before : chosen.empty() ? policy_in_force(places) : std::string{}, scope,
                                   type == "accept" ? "insecureAcceptAnything" : type);
    });
    if (chosen.empty())
        make_directories(cat(places.config_home, "/containers"));
    save_atomically(AT_FDCWD, path, after, Durability::Fsync, 0644);
}

} // namespace skiff::engine
