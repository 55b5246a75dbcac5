#include "cli/commands/build.hpp"

#include "base/file.hpp"
#include "cli/build_log.hpp"
#include "cli/build_screen.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/groups/limit_options.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/values.hpp"
#include "engine/build_all.hpp"
#include "engine/push.hpp"
#include "engine/tag_image.hpp"
#include "registry/auth.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::cli {
namespace {

void finish_build(const Invocation& invocation, BuildArgs& args)
{
    check_platform(invocation);
    finish_limits(invocation, args.run.limits);
    if (args.squash && args.squash_all)
        throw usage_error("cannot specify --squash-all with --squash");
    if (invocation.has("squash") && args.layers.value_or(false))
        throw usage_error("cannot specify --squash with --layers");
    for (const std::string& tag : args.tags)
        (void)engine::make_new_name(tag);
    if (args.push && args.tags.empty())
        throw usage_error("--push needs a name: --tag REGISTRY/NAME");
    registry::check_auth_file(args.pull_options.authfile);
    if (args.pull_never)
        args.pull = PullPolicy::Never;
    else if (args.pull_always)
        args.pull = PullPolicy::Always;
}

std::string output_name(const std::string& name) { return engine::make_new_name(name).text(); }

void write_results(engine::Engine& engine, const BuildArgs& args, const std::string& id)
{
    const auto write = [](const std::string& file, const std::string& text) {
        if (!file.empty())
            write_all(open_at(AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644).get(), text, file);
    };
    write(args.id_file, cat("sha256:", id));
    write(args.raw_id_file, id);
    if (args.metadata_file.empty())
        return;
    const auto image = engine.store().images().find_id(id);
    nlohmann::ordered_json metadata;
    metadata["containerimage.config.digest"] = cat("sha256:", id);
    metadata["containerimage.digest"] = image ? image->digest : "";
    std::string names;
    for (const std::string& tag : args.tags)
        names += cat(names.empty() ? "" : ",", output_name(tag));
    if (!names.empty())
        metadata["image.name"] = names;
    write(args.metadata_file, metadata.dump(4) + "\n");
}

int check_only(engine::Engine& engine, const engine::BuildRequest& request)
{
    const std::size_t count = print_findings(engine, request, true);
    print(count == 0 ? "Check complete, no warnings found.\n" : cat("Check complete, ", count, count == 1 ? " finding.\n" : " findings.\n"));
    return count == 0 ? 0 : 1;
}

bool writes_output(const BuildArgs& args)
{
    return std::any_of(args.outputs.begin(), args.outputs.end(), [](const engine::BuildExport& output) { return output.destination == "-"; });
}

/// What follows the commit is the same on a terminal and in a log.
void tell_result(engine::Engine& engine, const BuildArgs& args, const std::string& id, const std::function<void(const std::string&)>& tell)
{
    tell(cat("--> ", id.substr(0, 12)));
    for (const std::string& tag : args.tags)
        tell(cat("Successfully tagged ", output_name(tag)));
    write_results(engine, args, id);
    if (!writes_output(args))
        print(id + "\n");
}

bool wants_screen(const BuildArgs& args)
{
    if (args.quiet || writes_output(args) || !args.log_file.empty() || args.stdin || args.progress == "plain")
        return false;
    const char* terminal = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
    const bool can_draw = ::isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view{terminal} != "dumb";
    if (args.progress == "tty" && !can_draw)
        throw Error{ErrorKind::Failure, "--progress=tty: standard error is no terminal"};
    return can_draw && (args.progress == "tty" || ::isatty(STDOUT_FILENO) != 0);
}

int build_on_screen(engine::Engine& engine, const BuildArgs& args, engine::BuildRequest& request)
{
    std::string id, output;
    try {
        BuildScreen screen;
        try {
            id = engine::build_all(engine, request, screen);
        } catch (const Error&) {
            output = screen.unseen_output();
            throw;
        }
    } catch (const engine::BuildCommandFailed& error) {
        (void)!::write(STDERR_FILENO, output.data(), output.size());
        print_error(error);
        return error.code();
    }
    tell_result(engine, args, id, [](const std::string& line) { print(line + "\n"); });
    return 0;
}

/// Where everything is written that is no result; empty: as usual.
UniqueFd open_log(const BuildArgs& args)
{
    if (!args.log_file.empty())
        return open_at(AT_FDCWD, args.log_file, O_WRONLY | O_CREAT | O_APPEND, 0644);
    return writes_output(args) && !args.quiet ? UniqueFd{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)} : UniqueFd{};
}

void push_names(engine::Engine& engine, const BuildArgs& args)
{
    for (const std::string& tag : args.tags) {
        engine::PushRequest request;
        request.image = output_name(tag);
        request.transport = args.pull_options;
        ProgressPrinter progress{args.quiet};
        (void)engine::push_image(engine, request, progress);
    }
}

int make(engine::Engine& engine, const BuildArgs& args, engine::BuildRequest& request)
{
    if (!args.quiet && print_findings(engine, request, false) > 0 && request.file.directives.check.findings_are_errors)
        throw Error{ErrorKind::Failure, "the warnings above are errors: the file says so (# check=error=true)"};
    if (wants_screen(args))
        return build_on_screen(engine, args, request);
    BuildLog log{args.quiet, open_log(args)};
    std::string id;
    try {
        id = engine::build_all(engine, request, log);
    } catch (const engine::BuildCommandFailed& error) {
        (void)!::write(STDERR_FILENO, log.unseen_output().data(), log.unseen_output().size());
        print_error(error);
        return error.code();
    }
    tell_result(engine, args, id, [&](const std::string& line) { log.line(line); });
    return 0;
}

/// Of the struct itself.
template <typename Args>
constexpr UsedGroup uses_whole(const OptionGroup& group)
{
    return {&group, [](void* args) -> void* { return args; }};
}

constexpr UsedGroup build_groups[] = {
    uses_whole<BuildArgs>(build_options),
    uses_whole<BuildArgs>(build_run_options),
    uses<&BuildArgs::run, &CreateRequest::limits>(limit_options),
    uses<&BuildArgs::pull_options>(build_base_options),
    uses<&BuildArgs::pull_options>(build_registry_options),
};

constexpr Command commands[] = {
    {
        .paths = {"build", "image build", "buildx build", "builder build", "buildx b"},
        .summary = "Build an image from a Containerfile",
        .description = "Builds what a Containerfile (or Dockerfile) says, from the files of a directory, the context. Steps whose inputs did "
                       "not change come from the cache; stages that do not need each other are built side by side.",
        .examples = "build -t web .\n"
                    "build -f Containerfile.dev --target test --build-arg VERSION=3 .\n"
                    "build --secret id=token,src=token.txt -t app .",
        .operands = operands<&BuildArgs::words>("[CONTEXT]", 0, 1, Completes::Directories),
        .groups = build_groups,
        .needs = Needs::Store,
        .body = body<BuildArgs, build_image>,
    },
};

} // namespace

int build_image(const Invocation& invocation, BuildArgs& args)
{
    finish_build(invocation, args);
    engine::Engine engine{engine_options(invocation)};
    engine::BuildRequest request = make_build_request(engine, args);
    if (args.check || args.call == "check" || args.call == "lint")
        return check_only(engine, request);
    if (args.call != "build") {
        args.call == "targets" ? print_targets(request) : print_outline(request);
        return 0;
    }
    const int code = make(engine, args, request);
    if (code == 0 && args.push)
        push_names(engine, args);
    return code;
}

const std::span<const Command> build_commands{commands};

} // namespace skiff::cli
