#include "engine/unshare.hpp"

#include "base/error.hpp"
#include "engine/networks.hpp"
#include "net/forked_work.hpp"
#include "net/network_member.hpp"

#include <cstdlib>
#include <unistd.h>

namespace skiff::engine {
namespace {

void set_variable(const char* name, const std::string& value)
{
    if (::setenv(name, value.c_str(), 1) != 0) // NOLINT(concurrency-mt-unsafe): single-threaded, and exec comes next
        throw Error{errno, cat("setting ", name)};
}

/// The network lives as long as the connection, and that as long as this process and what it becomes.
void enter_network(Engine& engine, const std::string& name)
{
    const Network network = resolve_network(engine, name);
    net::MemberRequest request;
    request.id = cat("unshare-", ::getpid());
    const auto member = net::NetworkMember::join(engine.store().networks().make_run_directory(network.name), network, request);
    if (::dup(member.fd()) < 0) // not closed on exec
        throw Error{errno, "keeping the connection to the network"};
    net::enter_network_namespace(member.hub_namespace());
}

} // namespace

void unshare(Engine& engine, const std::vector<std::string>& command, const std::optional<std::string>& network)
{
    const store::Root& root = engine.store().root();
    engine.enter_user_namespace();
    if (network)
        enter_network(engine, *network);
    const char* shell = std::getenv("SHELL"); // NOLINT(concurrency-mt-unsafe)
    std::vector<std::string> words = command;
    if (words.empty())
        words.emplace_back(shell != nullptr && *shell != '\0' ? shell : "/bin/sh");
    set_variable("CONTAINERS_GRAPHROOT", root.data_path());
    set_variable("CONTAINERS_RUNROOT", root.run_path());
    set_variable("SKIFF_ROOT", root.data_path()); // the same store, although we seem to be root there
    set_variable("SKIFF_UNSHARED", "1");
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data()); // we stay the namespace's holder: the same process
    const int problem = errno;
    throw Error{problem == ENOENT ? ErrorKind::CommandNotFound : ErrorKind::NotExecutable, problem,
                cat("executing ", quoted(words.front()), ": ", errno_text(problem))};
}

} // namespace skiff::engine
