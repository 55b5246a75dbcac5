#include "build/git_checkout.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "registry/url.hpp"

#include <cstdlib>
#include <sys/stat.h>

extern "C" char** environ; // NOLINT(readability-redundant-declaration): unistd.h declares it for GNU only

namespace skiff::build {
namespace {

/// What a repository, or the environment of a git command that called us (a hook), could lead git astray with: beginnings.
constexpr std::string_view hostile_variables[] = {"GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_OBJECT_DIRECTORY=",
                                                  "GIT_ALTERNATE_OBJECT_DIRECTORIES=", "GIT_COMMON_DIR=", "GIT_NAMESPACE=",
                                                  "GIT_CONFIG_COUNT=", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_CONFIG_PARAMETERS=",
                                                  "GIT_TEMPLATE_DIR=", "GIT_EXEC_PATH="};

/// Whose configuration git reads (security.md R45).
enum class Configuration
{
    Nobodys, ///< for all that looks at files: a repository's attributes choose among the filters that are configured
    Users,   ///< for what only talks to the server: credentials, proxies, addresses that stand for others
};

std::vector<std::string> make_environment()
{
    std::vector<std::string> environment;
    bool has_ssh_command = false;
    for (char** variable = ::environ; *variable != nullptr; ++variable) {
        const std::string_view text{*variable};
        bool hostile = false;
        for (const std::string_view name : hostile_variables)
            hostile |= text.starts_with(name);
        has_ssh_command |= text.starts_with("GIT_SSH_COMMAND=") || text.starts_with("GIT_SSH=");
        if (!hostile && !text.starts_with("GIT_ALLOW_PROTOCOL=") && !text.starts_with("GIT_TERMINAL_PROMPT=") && !text.starts_with("LC_ALL="))
            environment.emplace_back(text);
    }
    environment.emplace_back("GIT_ALLOW_PROTOCOL=git:http:https:ssh"); // no file:, no ext:, of submodules neither
    environment.emplace_back("GIT_TERMINAL_PROMPT=0");
    environment.emplace_back("LC_ALL=C");
    if (!has_ssh_command)
        environment.emplace_back("GIT_SSH_COMMAND=ssh -o BatchMode=yes");
    return environment;
}

class Git
{
  public:
    explicit Git(const std::string& directory) : directory_{directory}, environment_{make_environment()}
    {
        const auto program = find_system_program("git");
        if (!program)
            throw Error{ErrorKind::Failure, "the program git is not installed"}.with_hint("on Debian: apt install git");
        program_ = *program;
    }

    RunResult try_run(const std::vector<std::string>& words, Configuration configuration = Configuration::Nobodys) const
    {
        SpawnRequest request;
        request.argv = {program_, "-C", directory_, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "init.defaultBranch=main",
                        "-c", "advice.detachedHead=false", "-c", "core.autocrlf=false"};
        request.argv.insert(request.argv.end(), words.begin(), words.end());
        request.environment = environment_;
        if (configuration == Configuration::Nobodys) {
            std::erase_if(*request.environment, [](const std::string& variable) {
                return variable.starts_with("GIT_CONFIG_NOSYSTEM=") || variable.starts_with("GIT_CONFIG_GLOBAL=");
            });
            request.environment->insert(request.environment->end(), {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"});
        }
        return run_process(std::move(request));
    }

    std::string run(const std::vector<std::string>& words) const
    {
        RunResult result = try_run(words);
        if (result.status.code != 0)
            throw failure(result);
        while (result.output.ends_with('\n'))
            result.output.pop_back();
        return std::move(result.output);
    }

    static Error failure(const RunResult& result)
    {
        // One line: the first complaint is the reason, what follows are its consequences.
        const std::string& said = result.error_output;
        const std::size_t fatal = said.find("fatal: ");
        const std::size_t begin = fatal == std::string::npos ? 0 : fatal;
        std::string words = said.substr(begin, said.find('\n', begin) - begin);
        if (words.ends_with(':')) { // the reason is on the next line
            const std::size_t next = begin + words.size() + 1;
            words += cat(" ", next < said.size() ? said.substr(next, said.find('\n', next) - next) : "");
        }
        return Error{ErrorKind::Failure, cat("git: ", words.empty() ? cat("it ended with ", result.status.code) : printable(words))};
    }

  private:
    std::string directory_, program_;
    std::vector<std::string> environment_;
};

/// The one commit, where the server offers that; else all there is, and the commit out of it: an abbreviated id, or a server
/// that only gives what has a name.
void fetch(const Git& git, const GitAddress& address)
{
    const std::string wanted = address.ref.empty() ? "HEAD" : address.ref;
    git.run({"remote", "add", "origin", address.repository}); // what relative addresses of submodules begin from
    const RunResult one = git.try_run({"fetch", "-q", "--no-tags", "--depth=1", "origin", wanted}, Configuration::Users);
    if (one.status.code == 0) {
        git.run({"checkout", "-q", "--detach", "FETCH_HEAD"});
        return;
    }
    const RunResult all = git.try_run({"fetch", "-q", "--tags", "origin", "+HEAD:refs/skiff/HEAD", "+refs/heads/*:refs/remotes/origin/*"},
                                      Configuration::Users);
    if (all.status.code != 0)
        throw Git::failure(one);
    const std::string candidates[] = {address.ref.empty() ? "refs/skiff/HEAD" : cat("refs/remotes/origin/", address.ref), cat("refs/tags/", address.ref),
                                      address.ref};
    for (const std::string& candidate : candidates)
        if (!candidate.empty() && git.try_run({"checkout", "-q", "--detach", candidate, "--"}).status.code == 0)
            return;
    throw Error{ErrorKind::NotFound, cat("the repository has no branch, tag or commit ", quoted(wanted))};
}

/// Whatever our umask is, the same tree has the same modes everywhere.
void normalise_modes(int directory)
{
    for (const DirectoryEntry& entry : list_directory(directory)) {
        struct stat status{};
        if (entry.name == ".git" || ::fstatat(directory, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(status.st_mode)) {
            const UniqueFd below = open_at(directory, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            (void)!::fchmod(below.get(), 0755);
            normalise_modes(below.get());
        } else if (S_ISREG(status.st_mode)) {
            (void)!::fchmodat(directory, entry.name.c_str(), (status.st_mode & 0100U) != 0 ? 0755 : 0644, 0);
        }
    }
}

/// Submodules leave one of theirs each.
void remove_git_directories(int directory)
{
    remove_tree_at(directory, ".git");
    for (const DirectoryEntry& entry : list_directory(directory)) {
        struct stat status{};
        if (::fstatat(directory, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode))
            remove_git_directories(open_at(directory, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get());
    }
}

void fetch_submodules(const Git& git)
{
    if (git.try_run({"submodule", "update", "-q", "--init", "--recursive", "--depth=1"}).status.code != 0)
        git.run({"submodule", "update", "-q", "--init", "--recursive"}); // servers that cannot give a part
}

} // namespace

GitCheckout check_out(const GitAddress& address, const std::string& into, bool keep_git_dir, const std::string& checksum)
{
    return while_doing(cat("fetching ", quoted(registry::shown_address(address.repository))), [&] {
        const Git git{into};
        git.run({"init", "-q"});
        fetch(git, address);
        GitCheckout checkout{{}, git.run({"rev-parse", "HEAD"})};
        if (!checksum.empty() && !checkout.commit.starts_with(checksum))
            throw Error{ErrorKind::Failure, cat("expected checksum to match ", checksum, ", got ", checkout.commit)};
        UniqueFd top = open_at(AT_FDCWD, into, O_RDONLY | O_DIRECTORY);
        if (exists_at(top.get(), ".gitmodules"))
            fetch_submodules(git);
        normalise_modes(top.get());
        if (!keep_git_dir)
            remove_git_directories(top.get());
        // A link in the repository cannot lead out of it.
        auto directory = find_beneath(top.get(), address.subdir, O_RDONLY | O_DIRECTORY);
        if (!directory)
            throw Error{ErrorKind::NotFound, cat("the repository has no directory ", quoted(address.subdir))};
        checkout.directory = std::move(*directory);
        return checkout;
    });
}

} // namespace skiff::build
