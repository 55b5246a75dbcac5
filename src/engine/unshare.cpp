#include "engine/unshare.hpp"

#include "base/error.hpp"

#include <cstdlib>
#include <unistd.h>

namespace skiff::engine {
namespace {

void set_variable(const char* name, const std::string& value)
{
    if (::setenv(name, value.c_str(), 1) != 0) // NOLINT(concurrency-mt-unsafe): single-threaded, and exec comes next
        throw Error{errno, cat("setting ", name)};
}

} // namespace

void unshare(Engine& engine, const std::vector<std::string>& command)
{
    const store::Root& root = engine.store().root();
    engine.enter_user_namespace();
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
