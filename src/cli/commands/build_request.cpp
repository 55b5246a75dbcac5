// From the options of `build` to a request of the engine.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "build/lint.hpp"
#include "cli/commands/build.hpp"
#include "cli/values.hpp"
#include "cli/values_environment.hpp"
#include "engine/pull.hpp"
#include "text/ascii_case.hpp"
#include "text/env_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr const char* file_names[] = {"Containerfile", "Dockerfile", "dockerfile"};

const char* find_environment(const std::string& name) { return std::getenv(name.c_str()); } // NOLINT(concurrency-mt-unsafe)

bool is_standard_input(const std::string& name) { return name == "-" || name == "/dev/stdin"; }

engine::BuildContext open_context(engine::Engine& engine, const BuildArgs& args)
{
    const std::string word = args.words.empty() ? "." : args.words.front();
    if (word == "-" && std::any_of(args.files.begin(), args.files.end(), is_standard_input))
        throw usage_error("standard input cannot be the context and the Containerfile");
    const auto keeps = std::find(args.build_args.begin(), args.build_args.end(), "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1");
    try {
        return engine::open_build_context(engine, build::parse_context(word), args.pull_options, keeps != args.build_args.end());
    } catch (Error& error) {
        if (error.errno_value() == ENOENT)
            error.add_hint("the last word is the directory with the files of the build: skiff build -t NAME .");
        throw;
    }
}

std::string read_standard_input() { return read_all(STDIN_FILENO, build::max_containerfile_bytes, "the Containerfile"); }

/// As the caller would find it.
std::optional<build::NamedText> find_on_this_machine(const std::string& name)
{
    struct stat status{};
    if (::stat(name.c_str(), &status) != 0)
        return std::nullopt;
    if (!S_ISDIR(status.st_mode)) // also a pipe: -f <(command)
        return build::NamedText{name, read_all(open_at(AT_FDCWD, name, O_RDONLY).get(), build::max_containerfile_bytes, name)};
    for (const char* file : file_names)
        if (auto text = find_file(AT_FDCWD, cat(name, "/", file), build::max_containerfile_bytes))
            return build::NamedText{cat(name, "/", file), std::move(*text)};
    throw Error{ErrorKind::Failure, cat("containerfile: path ", quoted(name), " is a directory without a Containerfile")};
}

std::optional<build::NamedText> find_in_context(const engine::BuildContext& context, const std::string& name)
{
    if (name.starts_with('/'))
        return std::nullopt;
    auto text = engine::find_context_file(context, name, build::max_containerfile_bytes);
    return text ? std::optional{build::NamedText{name, std::move(*text)}} : std::nullopt;
}

/// The text of one -f. Who names a context that is elsewhere means the file in there; else it is a file of this machine first.
build::NamedText read_named(const BuildArgs& args, const engine::BuildContext& context, const std::string& name)
{
    if (is_standard_input(name))
        return args.standard_input ? *args.standard_input : build::NamedText{"-", read_standard_input()};
    auto found = context.is_foreign() ? find_in_context(context, name) : find_on_this_machine(name);
    if (!found)
        found = context.is_foreign() ? find_on_this_machine(name) : find_in_context(context, name);
    if (found)
        return std::move(*found);
    throw Error{ErrorKind::Failure, ENOENT, cat("the specified Containerfile or Dockerfile does not exist, ", printable(name), ": no such file or directory")};
}

std::vector<build::NamedText> read_containerfiles(const BuildArgs& args, const engine::BuildContext& context)
{
    if (context.containerfile)
        return {{args.words.front(), *context.containerfile}};
    std::vector<build::NamedText> texts;
    for (const std::string& name : args.files)
        texts.push_back(read_named(args, context, name));
    if (!texts.empty())
        return texts;
    for (const char* name : file_names)
        if (auto text = engine::find_context_file(context, name, build::max_containerfile_bytes))
            return {{name, std::move(*text)}};
    throw Error{ErrorKind::Failure, ENOENT,
                cat("no Containerfile or Dockerfile specified or found in context directory, ", context.path, ": no such file or directory")}
        .with_hint("-f FILE names one that is called otherwise or lies elsewhere");
}

// Arguments, secrets ------------------------------------------------------------------------------------------------------

void add_build_arg(build::Values& given, const std::string& text)
{
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos)
        given[text.substr(0, equals)] = text.substr(equals + 1);
    else if (const char* value = find_environment(text))
        given[text] = value;
}

build::BuildArgs make_arguments(const BuildArgs& args)
{
    build::BuildArgs made;
    for (const std::string& file : args.build_arg_files)
        for (const text::EnvFileEntry& entry : text::parse_env_file(read_file(AT_FDCWD, file), file))
            add_build_arg(made.given, entry.value ? cat(entry.name, "=", *entry.value) : entry.name);
    for (const std::string& text : args.build_args)
        add_build_arg(made.given, text);
    made.platform = build::platform_args(engine::make_platform(args.pull_options), oci::Platform::host());
    return made;
}

std::pair<std::string, std::optional<std::string>> split_pair(std::string_view text)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        return {std::string{text}, std::nullopt};
    return {std::string{text.substr(0, equals)}, std::string{text.substr(equals + 1)}};
}

void add_secret(std::map<std::string, engine::BuildSecret>& secrets, const std::string& text)
{
    std::string id, source, variable, type;
    for (const std::string& field : split_commas(text)) {
        const auto [key, value] = split_pair(field);
        if (!value)
            throw usage_error(cat("incorrect secret flag format: should be --secret id=foo,src=bar[,env=ENV][,type=file|env]"));
        if (key == "id")
            id = *value;
        else if (key == "src" || key == "source")
            source = *value;
        else if (key == "env")
            variable = *value;
        else if (key == "type" && (*value == "file" || *value == "env"))
            type = *value;
        else
            throw usage_error(cat("incorrect secret flag format: ", quoted(field), " is neither id=, src=, env= nor type=file|env"));
    }
    if (id.empty())
        throw usage_error("incorrect secret flag format: id is missing");
    engine::BuildSecret secret;
    if (!variable.empty() || (type == "env"))
        secret.variable = !variable.empty() ? variable : source.empty() ? id : source;
    else if (!source.empty())
        secret.file = absolute_path(source);
    else if (type.empty() && find_environment(id) != nullptr)
        secret.variable = id;
    else
        secret.file = absolute_path(id);
    if (!secret.file.empty() && ::access(secret.file.c_str(), R_OK) != 0)
        throw Error{errno, cat("secret ", quoted(id), ": reading ", quoted(secret.file))};
    if (!secret.variable.empty() && find_environment(secret.variable) == nullptr)
        throw Error{ErrorKind::Failure, cat("secret ", quoted(id), ": the environment variable ", quoted(secret.variable), " is not set")};
    secrets[id] = secret;
}

void add_agent(std::map<std::string, std::string>& agents, const std::string& text)
{
    const auto [id, path] = split_pair(text);
    std::string socket = path.value_or("");
    if (socket.empty()) {
        const char* running = find_environment("SSH_AUTH_SOCK");
        if (running == nullptr)
            throw Error{ErrorKind::Failure, cat("--ssh ", text, ": SSH_AUTH_SOCK is not set: there is no ssh agent")}.with_hint(
                "start one: eval $(ssh-agent); ssh-add");
        socket = running;
    }
    struct stat status{};
    if (::stat(socket.c_str(), &status) != 0)
        throw Error{errno, cat("--ssh ", text, ": looking at ", quoted(socket))};
    if (!S_ISSOCK(status.st_mode))
        throw Error{ErrorKind::Failure, cat("--ssh ", text, ": ", quoted(socket), " is not the socket of an agent; keys are not taken by themselves")}
            .with_hint("load the key into an agent: ssh-add FILE, then --ssh default");
    agents[id] = absolute_path(socket);
}

/// NAME=VALUE of --build-context.
void add_named_context(engine::Engine& engine, engine::BuildRequest& request, const BuildArgs& args, const std::string& text)
{
    const auto [name, value] = split_pair(text);
    if (!value || name.empty() || value->empty())
        throw usage_error(cat("--build-context ", quoted(text), ": the form is NAME=DIRECTORY, NAME=docker-image://REFERENCE, "
                                                                 "NAME=oci-layout://DIRECTORY or NAME=ADDRESS"));
    const build::ContextAddress address = build::parse_named_context(*value);
    using Kind = build::ContextAddress::Kind;
    if (address.kind == Kind::Image || address.kind == Kind::OciLayout) {
        request.named_contexts[name].what = engine::image_of_context(address);
        return;
    }
    engine::BuildContext context = while_doing(cat("--build-context ", name), [&] {
        return engine::open_build_context(engine, address, args.pull_options, false);
    });
    if (context.containerfile)
        throw Error{ErrorKind::Failure, cat("--build-context ", name, ": ", quoted(*value), " is no archive")};
    context.name = cat("context ", quoted(name));
    if (address.kind == Kind::Directory) // each has rules of its own
        context.ignore = engine::load_ignore_rules(context, "", {});
    request.named_contexts[name].what = std::move(context);
}

/// KEY=VALUE, KEY alone is empty.
NamedValues read_pairs(const std::vector<std::string>& texts)
{
    NamedValues values;
    for (const std::string& text : texts) {
        const auto [name, value] = split_pair(text);
        values.emplace_back(name, value.value_or(""));
    }
    return values;
}

std::optional<std::int64_t> read_epoch(const std::string& text, std::string_view what)
{
    if (text.empty())
        return std::nullopt;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds < 0)
        throw usage_error(cat(what, ": ", quoted(text), " is no number of seconds"));
    return seconds;
}

void set_times(engine::BuildRequest& request, const BuildArgs& args)
{
    if (args.timestamp && !args.source_date_epoch.empty())
        throw usage_error("--timestamp and --source-date-epoch cannot be set together");
    request.exact_times = args.timestamp.has_value();
    if (args.timestamp) {
        request.timestamp = args.timestamp;
        return;
    }
    request.timestamp = read_epoch(args.source_date_epoch, "--source-date-epoch");
    if (const auto given = request.args.given.find("SOURCE_DATE_EPOCH"); !request.timestamp && given != request.args.given.end())
        request.timestamp = read_epoch(given->second, "SOURCE_DATE_EPOCH");
    if (const char* epoch = find_environment("SOURCE_DATE_EPOCH"); !request.timestamp && epoch != nullptr)
        request.timestamp = read_epoch(epoch, "SOURCE_DATE_EPOCH");
}

build::ImageFormat read_format(const BuildArgs& args)
{
    std::string format = args.format;
    if (const char* wanted = find_environment("BUILDAH_FORMAT"); format.empty() && wanted != nullptr)
        format = wanted;
    if (format.empty() || format == "oci")
        return build::ImageFormat::Oci;
    if (format == "docker")
        return build::ImageFormat::Docker;
    throw usage_error(cat("unrecognized image type \"", printable(format), "\""));
}

bool wants_layers(const BuildArgs& args)
{
    if (args.layers)
        return *args.layers;
    const char* wanted = find_environment("BUILDAH_LAYERS");
    return wanted == nullptr || (std::string_view{wanted} != "false" && std::string_view{wanted} != "0");
}

} // namespace

engine::BuildRequest make_build_request(engine::Engine& engine, const BuildArgs& args)
{
    engine::BuildRequest request;
    request.context = open_context(engine, args);
    for (const std::string& text : args.build_contexts)
        add_named_context(engine, request, args, text);
    const std::vector<build::NamedText> texts = read_containerfiles(args, request.context);
    request.file = build::parse_containerfile(texts);
    std::vector<std::string> files;
    for (const std::string& file : args.files)
        if (file != "-")
            files.push_back(file);
    request.context.ignore = engine::load_ignore_rules(request.context, args.ignore_file, files);
    request.args = make_arguments(args);
    request.target = args.target;
    request.from = args.from;
    request.all_stages = !args.skip_unused_stages;
    request.jobs = args.jobs.value_or(0) == 0 ? count_processors() : *args.jobs;

    request.run = args.run;
    request.run.rlimits = args.ulimits.limits;
    request.run.host_rlimits = args.ulimits.host;
    request.run.environment.http_proxy = args.http_proxy;
    for (const std::string& text : args.secrets)
        add_secret(request.secrets, text);
    for (const std::string& text : args.ssh)
        add_agent(request.ssh_agents, text);
    request.pass_stdin = args.stdin;

    request.pull = args.pull;
    request.pull_options = args.pull_options;
    request.read_cache = !args.no_cache && wants_layers(args);
    for (const std::string& stage : args.fresh_stages)
        request.fresh_stages.insert(while_doing(cat("--no-cache-filter ", stage), [&] { return build::target_stage(request.file, stage); }));
    request.cache_ttl = args.cache_ttl;
    request.explain = args.why;
    for (const std::string& text : args.platforms)
        request.platforms.push_back(oci::Platform::parse(text));
    request.manifest = args.manifest;
    request.outputs = args.outputs;
    for (const std::string& text : args.cache_from)
        request.cache_from.push_back(engine::parse_cache_source(text));
    for (const std::string& text : args.cache_to)
        request.cache_to.push_back(engine::parse_cache_destination(text));

    request.names = args.tags;
    request.format = read_format(args);
    request.env = args.env;
    request.labels = read_pairs(args.labels);
    request.annotations = read_pairs(args.annotations);
    request.unset_env = args.unset_env;
    request.unset_labels = args.unset_labels;
    request.unset_annotations = args.unset_annotations;
    request.inherit_labels = args.inherit_labels;
    request.inherit_annotations = args.inherit_annotations;
    request.omit_history = args.omit_history;
    request.created_annotation = args.created_annotation;
    request.drop_volume_changes = args.compat_volumes;
    if (args.squash_all)
        request.squash = engine::BuildRequest::Squash::All;
    else if (args.squash || !wants_layers(args))
        request.squash = engine::BuildRequest::Squash::New;
    set_times(request, args);
    return request;
}

std::size_t print_findings(engine::Engine& engine, const engine::BuildRequest& request, bool all)
{
    const auto find_env = [&](const build::Stage& stage) -> std::optional<std::vector<std::string>> {
        if (text::ascii_lower(stage.base().image) == "scratch")
            return std::vector<std::string>{};
        try {
            const auto found = engine.store().images().find(stage.base().image);
            return found ? std::optional{engine.store().images().load_config(found->image).config.env} : std::nullopt;
        } catch (const Error&) { // no name of an image: the build itself will say so
            return std::nullopt;
        }
    };
    std::size_t count = 0;
    for (const build::Finding& finding : build::lint({request.file, request.args, request.context.ignore, find_env})) {
        if (!all && finding.level == build::FindingLevel::Advice)
            continue;
        ++count;
        std::string text = cat(all ? "" : "Warning: ", finding.place.file, ":", finding.place.line, ": ", finding.message, " (", finding.rule, ")\n");
        if (!finding.fix.empty())
            text += cat("    ", finding.fix, "\n");
        write_all(all ? STDOUT_FILENO : STDERR_FILENO, printable(text, true), "the findings");
    }
    return count;
}

} // namespace skiff::cli
