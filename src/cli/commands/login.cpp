#include "cli/commands/login.hpp"

#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/values.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

using engine::LoginPlace;
using engine::LoginTarget;
using registry::Credentials;

constexpr std::size_t longest_password = 1U << 20U;

void finish_login(const Invocation&, LoginArgs& args)
{
    engine::check_login_place(args.place);
    if (args.password_from_stdin && args.password)
        throw usage_error("can't specify both --password-stdin and --password");
    if (!args.secret.empty() && (args.password || args.password_from_stdin))
        throw usage_error("--secret can not be used with --password options");
    if (args.password_from_stdin && args.username.empty())
        throw usage_error("must provide --username with --password-stdin");
}

void finish_logout(const Invocation&, LogoutArgs& args)
{
    engine::check_login_place(args.place);
    if (args.all && !args.registries.empty())
        throw usage_error("--all takes no arguments");
}

std::string word_of(const std::vector<std::string>& registries) { return registries.empty() ? "" : registries.front(); }

std::string without_line_break(std::string password)
{
    if (password.ends_with('\n'))
        password.pop_back();
    if (password.ends_with('\r'))
        password.pop_back();
    return password;
}

/// All of standard input but for the line break at its end.
std::string read_password() { return without_line_break(read_all(STDIN_FILENO, longest_password, "standard input")); }

std::string trimmed(const std::string& text)
{
    const std::size_t start = text.find_first_not_of(" \t");
    return start == std::string::npos ? "" : text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

/// What the options do not say is asked for; `known` is proposed.
Credentials complete(const LoginArgs& args, const std::string& known)
{
    Credentials credentials;
    credentials.username = args.username;
    if (credentials.username.empty()) {
        credentials.username = trimmed(ask_line(known.empty() ? "Username: " : cat("Username (", printable(known), "): ")));
        if (credentials.username.empty())
            credentials.username = known;
    }
    credentials.password = args.password_from_stdin ? read_password() : args.password.value_or("");
    if (credentials.password.empty())
        credentials.password = ask_secret("Password: ");
    return credentials;
}

/// --secret: the password is the secret's content, and without --username its name is the user's.
void take_secret(const Invocation& invocation, LoginArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const store::Secret secret = engine.store().secrets().resolve(args.secret);
    args.password = without_line_break(engine.store().secrets().load_content(secret));
    if (args.username.empty())
        args.username = args.secret;
}

int login(const Invocation& invocation, LoginArgs& args)
{
    if (!args.secret.empty())
        take_secret(invocation, args);
    const LoginTarget target = engine::make_login_target(word_of(args.registries));
    const auto known = engine::find_login(target, args.place);
    if (args.get_login) {
        if (!known || known->username.empty())
            throw Error{ErrorKind::Failure, cat("not logged into ", printable(target.key))};
        print(known->username + "\n");
        return 0;
    }
    if (known && !known->identity_token.empty())
        throw Error{ErrorKind::Failure, "currently logged in, auth file contains an Identity token"};
    if (args.username.empty() && !args.password && known && !known->password.empty()) {
        print(cat("Authenticating with existing credentials for ", target.key, "\n"));
        if (engine::is_login_valid(target, args.place, *known)) {
            print(cat("Existing credentials are valid. Already logged in to ", target.host, "\n"));
            return 0;
        }
        print("Existing credentials are invalid, please enter valid username and password\n");
    }
    const Credentials credentials =
        while_doing("getting username and password", [&] { return complete(args, known ? known->username : ""); });
    const std::string where = engine::log_in(target, args.place, credentials);
    if (args.verbose)
        print(cat("Used:  ", where, "\n"));
    print("Login Succeeded!\n");
    return 0;
}

int logout(const Invocation&, LogoutArgs& args)
{
    if (args.all) {
        engine::log_out_of_all(args.place);
        print("Removed login credentials for all registries\n");
        return 0;
    }
    const LoginTarget target = engine::make_login_target(word_of(args.registries));
    if (engine::log_out(target, args.place) == engine::LogoutOutcome::Removed)
        print(cat("Removed login credentials for ", target.key, "\n"));
    else
        print(cat("Not logged into ", target.key,
                  " with current tool. Existing credentials were established via docker login. Please use docker logout "
                  "instead.\n"));
    return 0;
}

constexpr std::string_view auth_help = "Credentials file (default: auth.json in $XDG_RUNTIME_DIR/containers)";
constexpr std::string_view compat_help = "A config.json of Docker's instead";

constexpr Option login_options[] = {
    option<&LoginArgs::place, &LoginPlace::authfile>("authfile", 0, "FILE", auth_help).completes(Completes::Files),
    option<&LoginArgs::place, &LoginPlace::cert_dir>("cert-dir", 0, "DIR",
                                                     "Directory of certificates and keys for the registry")
        .completes(Completes::Directories)
        .defaults("/etc/containers/certs.d"),
    option<&LoginArgs::place, &LoginPlace::compat_auth_file>("compat-auth-file", 0, "FILE", compat_help)
        .completes(Completes::Files),
    option<&LoginArgs::get_login>("get-login", 0, "", "Show the user name that is kept, and do nothing"),
    option<&LoginArgs::password>("password", 'p', "PASSWORD",
                                 "Password; others see it in the list of processes: rather use --password-stdin")
        .secret(),
    option<&LoginArgs::password_from_stdin>("password-stdin", 0, "", "Read the password from standard input"),
    option<&LoginArgs::secret>("secret", 0, "NAME", "Take the password from this secret").completes(Completes::Secrets),
    option<&LoginArgs::place, &LoginPlace::tls_verify>("tls-verify", 0, "",
                                                       "Require HTTPS and check certificates (default true)"),
    option<&LoginArgs::username>("username", 'u', "NAME", "User name"),
    option<&LoginArgs::verbose>("verbose", 'v', "", "Say where the credentials are kept"),
};

constexpr Option logout_options[] = {
    option<&LogoutArgs::all>("all", 'a', "", "Of all registries"),
    option<&LogoutArgs::place, &LoginPlace::authfile>("authfile", 0, "FILE", auth_help).completes(Completes::Files),
    option<&LogoutArgs::place, &LoginPlace::compat_auth_file>("compat-auth-file", 0, "FILE", compat_help)
        .completes(Completes::Files),
};

constexpr Command commands[] = {
    {
        .paths = {"login"},
        .summary = "Log in to a registry",
        .description = "Tries a user name and a password at a registry, and keeps them where all container tools of the "
                       "user find them. Without a registry it is the first one of the search list of registries.conf.",
        .examples = "login quay.io\nlogin -u me --password-stdin registry.example.com < token\nlogin --get-login quay.io",
        .operands = operands<&LoginArgs::registries>("[REGISTRY]", 0, 1),
        .options = login_options,
        .body = body<LoginArgs, login, finish_login>,
    },
    {
        .paths = {"logout"},
        .summary = "Log out of a registry",
        .description = "Removes the credentials that login has kept.",
        .examples = "logout quay.io\nlogout --all",
        .operands = operands<&LogoutArgs::registries>("[REGISTRY]", 0, 1),
        .options = logout_options,
        .body = body<LogoutArgs, logout, finish_logout>,
    },
};

} // namespace

const std::span<const Command> login_commands{commands};

} // namespace skiff::cli
