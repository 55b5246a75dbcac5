#pragma once

#include "registry/credentials.hpp"
#include "registry/transport_options.hpp"

#include <optional>
#include <string>

/// Logging in to registries: credentials are tried, and kept where all container tools of the user look for them. No store
/// is needed for it.
namespace skiff::engine {

/// What credentials are for.
struct LoginTarget
{
    std::string key;  ///< "host[:port]" or "host[:port]/path": what the file calls them
    std::string host; ///< whom to ask
};

/// Reads "quay.io", "https://quay.io", "quay.io/team"; empty: the first of the search list of registries.conf.
LoginTarget make_login_target(const std::string& word);

/// How to log in and where to keep it.
struct LoginPlace
{
    std::string authfile, compat_auth_file; ///< not both; neither: the usual one
    std::optional<bool> tls_verify;
    std::string cert_dir;
};

/// Throws when the two files are given together.
void check_login_place(const LoginPlace& place);

/// What is kept for the target already.
std::optional<registry::Credentials> find_login(const LoginTarget& target, const LoginPlace& place);

/// Whether the registry accepts them.
bool is_login_valid(const LoginTarget& target, const LoginPlace& place, const registry::Credentials& credentials);

/// Tries the credentials and keeps them. Returns where: a path or "credential helper: NAME". Throws
/// `logging into "R": invalid username/password`.
std::string log_in(const LoginTarget& target, const LoginPlace& place, const registry::Credentials& credentials);

enum class LogoutOutcome
{
    Removed,
    KeptByDocker, ///< they are good, and in a file that only Docker writes
};

/// Throws "not logged into R".
LogoutOutcome log_out(const LoginTarget& target, const LoginPlace& place);
void log_out_of_all(const LoginPlace& place);

} // namespace skiff::engine
