#include "cli/commands/exec.hpp"

#include "base/log.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/follow.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/output.hpp"
#include "engine/exec.hpp"
#include "engine/start.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

void finish_exec(const Invocation&, ExecArgs& args)
{
    const bool elsewhere = args.latest || !args.id_file.empty();
    if (args.latest && !args.id_file.empty())
        throw usage_error("--latest and --cidfile cannot be used together");
    if (args.words.empty() && !elsewhere)
        throw usage_error("exec requires the name or ID of a container or the --latest or --cidfile flag");
    if (!args.id_file.empty())
        args.container = read_id_file(args.id_file);
    else if (!args.latest)
        args.container = without_slash(args.words.front());
    args.command.assign(args.words.begin() + (elsewhere ? 0 : 1), args.words.end());
    if (args.command.empty())
        throw usage_error("must provide a non-empty command to start an exec session: invalid argument");
    args.environment = make_environment(args.environment_files, args.environment_words);
    if (args.tty && args.interactive && ::isatty(STDIN_FILENO) == 0)
        log::warn_structured(
            "The input device is not a TTY. The --tty and --interactive flags might not work properly");
}

/// Nobody gets the command's exit code, so that 126 and 127 would say nothing about it either.
int exec_in_background(engine::Engine& engine, const std::string& id, monitor::ExecRequest& request, const std::vector<int>& fds)
{
    try {
        engine::exec_in_container(engine, id, request, fds);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::CommandNotFound || error.kind() == ErrorKind::NotExecutable)
            throw Error{ErrorKind::Failure, error.message()}.with_hint(error.hint());
        throw;
    }
    print(request.id + "\n");
    return 0;
}

int exec(const Invocation& invocation, ExecArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string id = resolve_container(engine, args.container, args.latest);
    monitor::ExecRequest request;
    request.argv = args.command;
    for (const auto& [name, value] : args.environment)
        request.env.push_back(name + "=" + value);
    request.working_dir = args.working_dir.value_or("");
    request.user = args.user.value_or("");
    request.tty = args.tty;
    request.in = args.interactive;
    request.detached = args.detach;
    request.privileged = args.privileged;
    if (const auto size = find_terminal_size(); size && args.tty) {
        request.rows = size->rows;
        request.columns = size->columns;
    }
    const std::vector<int> fds = engine::list_inherited(args.preserve_fds);
    if (args.detach)
        return exec_in_background(engine, id, request, fds);
    Channel conversation = engine::exec_in_container(engine, id, request, fds);
    AttachOptions attach;
    attach.in = args.interactive;
    attach.tty = args.tty;
    attach.detach_keys = args.detach_keys.value_or(engine.store().containers().load_config(id).detach_keys);
    return follow(engine, id, conversation, attach);
}

constexpr Option options[] = {
    option<&ExecArgs::id_file>("cidfile", 0, "FILE", "The container whose id is in this file")
        .completes(Completes::Files),
    option<&ExecArgs::detach>("detach", 'd', "", "Run in the background and print the session's id"),
    option<&ExecArgs::detach_keys>("detach-keys", 0, "KEYS", "Keys that leave the command running")
        .defaults("ctrl-p,ctrl-q"),
    option<&ExecArgs::environment_words>("env", 'e', "NAME[=VALUE]",
                                         "Environment variable; NAME and PREFIX* take the caller's"),
    option<&ExecArgs::environment_files>("env-file", 0, "FILE", "File of environment variables, one per line")
        .completes(Completes::Files),
    option<&ExecArgs::interactive>("interactive", 'i', "", "Connect to standard input"),
    option<&ExecArgs::latest>("latest", 'l', "", "In the container that was created last"),
    option<&ExecArgs::no_session>("no-session", 0, "", "Keep no record of the command in the container"),
    refused("preserve-fd", 0, "FD[,FD]", "give --preserve-fds a number of descriptors from 3 on"),
    option<&ExecArgs::preserve_fds>("preserve-fds", 0, "COUNT", "Pass so many open descriptors on, from 3 on")
        .defaults("0"),
    option<&ExecArgs::privileged>("privileged", 0, "", "All capabilities of the container's user namespace"),
    option<&ExecArgs::tty>("tty", 't', "", "Give the command a terminal"),
    option<&ExecArgs::user>("user", 'u', "USER[:GROUP]", "Name or number of the user").completes(Completes::Users),
    option<&ExecArgs::working_dir>("workdir", 'w', "DIR", "Working directory in the container"),
};

constexpr Operands words = [] {
    Operands made = operands<&ExecArgs::words>("CONTAINER COMMAND [ARG...]", 0, Operands::many,
                                               Completes::RunningContainers, Completes::Nothing);
    made.end_options = true;
    return made;
}();

constexpr Command commands[] = {
    {
        .paths = {"exec", "container exec"},
        .summary = "Run a command in a running container",
        .description = "Starts a further process in a running container; the exit code is the command's.",
        .examples = "exec web ls /srv\nexec -it web sh\nexec --user 1000 --env LANG=C web id",
        .operands = words,
        .options = options,
        .needs = Needs::Store,
        .body = body<ExecArgs, exec, finish_exec>,
    },
};

} // namespace

const std::span<const Command> exec_commands{commands};

} // namespace skiff::cli
