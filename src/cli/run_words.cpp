#include "cli/run_words.hpp"

#include "base/error.hpp"
#include "base/process.hpp"
#include "cli/commands.hpp"
#include "cli/commands/run.hpp"
#include "cli/configured_defaults.hpp"
#include "cli/front.hpp"
#include "cli/parser.hpp"

#include <sys/wait.h>
#include <unistd.h>

namespace skiff::cli {

Invocation read_words(const Invocation& like, const std::vector<std::string>& words)
{
    std::vector<std::string> line{like.program};
    line.insert(line.end(), words.begin(), words.end());
    ParsedLine parsed = parse_command_line(line, like.program);
    parsed.invocation.global = like.global;
    return std::move(parsed.invocation);
}

int run_words(const Invocation& like, const std::vector<std::string>& words)
{
    const Invocation invocation = read_words(like, words);
    return invocation.command->body(invocation);
}

int run_words_apart(const Invocation& like, const std::vector<std::string>& words)
{
    const pid_t pid = ::fork();
    if (pid < 0)
        throw Error{errno, "starting a worker"};
    if (pid == 0)
        ::_exit(exit_code_of([&] { return run_words(like, words); }));
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return ExitStatus::from_wait(status).code;
}

CreateRequest read_create_words(const Invocation& like, engine::Engine& engine, const std::vector<std::string>& words)
{
    const Invocation invocation = read_words(like, words);
    auto args = make_args<CreateArgs>(invocation);
    finish_create(invocation, args);
    add_configured_defaults(engine.settings(), args.request);
    return std::move(args.request);
}

} // namespace skiff::cli
