#include "cli/commands/run.hpp"

#include "base/log.hpp"
#include "cli/commands/tables.hpp"
#include "cli/configured_defaults.hpp"
#include "cli/engine_access.hpp"
#include "cli/follow.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "engine/create.hpp"
#include "engine/remove.hpp"
#include "engine/start.hpp"
#include "cli/groups/health_options.hpp"
#include "cli/groups/limit_options.hpp"
#include "cli/groups/network_options.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/groups/restart_options.hpp"
#include "cli/groups/security_options.hpp"
#include "cli/values.hpp"
#include "text/go_quote.hpp"
#include "text/utf8.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

template <auto Member>
constexpr Option request_option(std::string_view name, std::string_view label, std::string_view help)
{
    return option<&RunArgs::create, &CreateArgs::options, &ContainerOptions::request, Member>(name, 0, label, help);
}

constexpr Option run_options[] = {
    option<&RunArgs::attach>("attach", 'a', "STREAM", "Connect to stdin, stdout or stderr only")
        .comma_separated()
        .suggests("stdin, stdout, stderr"),
    option<&RunArgs::detach>("detach", 'd', "", "Run in the background and print the id"),
    request_option<&CreateRequest::detach_keys>("detach-keys", "KEYS", "Keys that leave the container running")
        .defaults("ctrl-p,ctrl-q"),
    refused("preserve-fd", 0, "FD[,FD]", "give --preserve-fds a number of descriptors from 3 on").many(),
    request_option<&CreateRequest::preserve_fds>("preserve-fds", "COUNT", "Pass so many open descriptors on, from 3 on")
        .defaults("0"),
    option<&RunArgs::signal_proxy>("sig-proxy", 0, "", "Pass signals on to the process").defaults("true"),
};

constexpr Option create_options[] = {
    accepted("attach", 'a', "STREAM", "start --attach decides what is connected"),
    refused("init-ctr", 0, "TYPE", "pods are not built yet"),
};

/// The options that run and create share; `Path` leads to their ContainerOptions.
template <auto... Path>
constexpr std::array shared_groups = {
    uses<Path...>(container_options),
    uses<Path..., &ContainerOptions::request>(lifetime_options),
    uses<Path..., &ContainerOptions::request>(process_options),
    uses<Path..., &ContainerOptions::request>(mount_options),
    uses<Path..., &ContainerOptions::request>(world_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::network>(network_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::security>(security_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::userns>(userns_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::limits>(limit_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::health>(health_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::restart>(restart_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::log>(log_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::pull_options>(image_choice_options),
    uses<Path..., &ContainerOptions::request, &CreateRequest::pull_options>(registry_options),
    uses<Path...>(docker_options),
};

int create_container(const Invocation& invocation, CreateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    add_configured_defaults(engine.settings(), args.request);
    ProgressPrinter progress{args.request.pull_options.quiet};
    print(engine::create_container(engine, args.request, progress) + "\n");
    return 0;
}

/// With --rm nothing may stay when not even the start succeeded.
Channel start_or_remove(engine::Engine& engine, const std::string& id, const engine::StartOptions& options, bool auto_remove)
{
    try {
        return engine::start_container(engine, id, options);
    } catch (const Error&) {
        if (auto_remove && engine.store().containers().exists(id))
            engine::remove_container(engine, id, {true, true, false, {}});
        throw;
    }
}

int run_container(const Invocation& invocation, RunArgs& args)
{
    const CreateRequest& request = args.request();
    engine::Engine engine{engine_options(invocation)};
    add_configured_defaults(engine.settings(), args.create.request);
    ProgressPrinter progress{request.pull_options.quiet};
    const std::string id = engine::create_container(engine, request, progress);

    const AttachStreams streams = args.attach_streams.value_or(AttachStreams{request.open_stdin, true, true});
    const bool connected = !args.detach && request.log.driver != "passthrough";
    engine::StartOptions options;
    options.attach_in = connected && streams.in;
    options.attach_out = connected && streams.out;
    options.attach_err = connected && streams.err;
    if (const auto size = find_terminal_size(); size && request.tty) {
        options.rows = size->rows;
        options.columns = size->columns;
    }
    Channel conversation = start_or_remove(engine, id, options, request.auto_remove);
    if (args.detach || (connected && !streams.out && !streams.err)) {
        print(id + "\n");
        if (args.detach)
            return 0;
    }
    AttachOptions attach;
    attach.in = options.attach_in;
    attach.out = streams.out;
    attach.err = streams.err;
    attach.tty = request.tty;
    attach.forward_signals = args.signal_proxy;
    attach.detach_keys = request.detach_keys.value_or(attach.detach_keys);
    return follow(engine, id, conversation, attach);
}

constexpr Operands image_and_command(Operands operands)
{
    operands.end_options = true;
    return operands;
}

constexpr Command commands[] = {
    {
        .paths = {"run", "container run"},
        .summary = "Run a command in a new container",
        .description =
            "Creates a container from an image (fetching it when it is missing), starts it and stays connected to it "
            "until it ends; the exit code is the command's. With --detach it stays behind.",
        .examples = "run --rm docker.io/library/alpine echo hello\n"
                    "run -d --name web -p 8080:80 -v ./site:/srv:ro docker.io/library/nginx\n"
                    "run -it --rm --userns keep-id -v \"$PWD:/work\" -w /work debian bash",
        .operands = image_and_command(operands<&RunArgs::create, &CreateArgs::words>(
            "IMAGE [COMMAND [ARG...]]", 1, Operands::many, Completes::Images, Completes::Nothing)),
        .options = run_options,
        .groups = shared_groups<&RunArgs::create, &CreateArgs::options>,
        .needs = Needs::UserNamespace,
        .body = body<RunArgs, run_container, finish_run>,
    },
    {
        .paths = {"create", "container create"},
        .summary = "Create but do not start a container",
        .description =
            "Creates a container from an image (fetching it when it is missing) and prints its id. start starts it.",
        .examples = "create --name web -p 8080:80 docker.io/library/nginx\n"
                    "create -it --name shell debian bash",
        .operands = image_and_command(operands<&CreateArgs::words>("IMAGE [COMMAND [ARG...]]", 1, Operands::many,
                                                                   Completes::Images, Completes::Nothing)),
        .options = create_options,
        .groups = shared_groups<&CreateArgs::options>,
        .needs = Needs::UserNamespace,
        .body = body<CreateArgs, create_container, finish_create>,
    },
};

AttachStreams read_attach(const std::vector<std::string>& words)
{
    AttachStreams streams;
    for (const std::string& word : words) {
        const std::string name = text::to_lower(word);
        if (name == "stdin")
            streams.in = true;
        else if (name == "stdout")
            streams.out = true;
        else if (name == "stderr")
            streams.err = true;
        else
            throw usage_error(cat("invalid stream ", text::go_quoted(word),
                                  " for --attach - must be one of stdin, stdout, or stderr: invalid argument"));
    }
    return streams;
}

} // namespace

void finish_create(const Invocation& invocation, CreateArgs& args)
{
    args.request = make_create_request(invocation, std::move(args.options), std::move(args.words));
}

void finish_run(const Invocation& invocation, RunArgs& args)
{
    finish_create(invocation, args.create);
    CreateRequest& request = args.create.request;
    request.stdin_once = !args.detach;
    if (request.tty && request.open_stdin && ::isatty(STDIN_FILENO) == 0)
        log::warn_structured(
            "The input device is not a TTY. The --tty and --interactive flags might not work properly");
    if (args.attach.empty())
        return;
    if (args.detach)
        throw usage_error("conflicting options: --attach and --detach");
    if (request.log.driver == "passthrough")
        throw usage_error("cannot specify --attach with --log-driver=passthrough: invalid argument");
    args.attach_streams = read_attach(args.attach);
    args.attach_streams->in = args.attach_streams->in || request.open_stdin;
}

const std::span<const Command> run_commands{commands};

} // namespace skiff::cli
