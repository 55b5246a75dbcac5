#include "build/instruction.hpp"

#include "base/error.hpp"
#include "build/instruction_flags.hpp"
#include "text/ascii_case.hpp"
#include "text/duration.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace skiff::build {
namespace {

/// What a parser of one instruction reads from.
struct Input
{
    const SourceInstruction& source;
    std::string_view keyword; ///< in capitals
    std::string_view text;
    char escape;
    InstructionFlags flags;

    [[nodiscard]] const Place& place() const { return source.place; }
    [[nodiscard]] std::vector<std::string> words() const { return split_words(text, escape); }
};

[[noreturn]] void require_arguments(const Input& input, std::string_view how_many)
{
    fail_at(input.place(), cat(input.keyword, " requires ", how_many));
}

/// The whole line as one argument: USER, WORKDIR ...
std::string one_argument(const Input& input)
{
    if (input.text.empty())
        require_arguments(input, "exactly one argument");
    return std::string{input.text};
}

/// A comment behind an instruction is the commonest mistake of beginners.
std::string comment_hint(const std::vector<std::string>& words)
{
    const bool has_comment = std::any_of(words.begin(), words.end(), [](const std::string& word) { return word[0] == '#'; });
    return has_comment ? "a comment needs a line of its own: '#' in the middle of a line is part of the instruction" : "";
}

bool is_stage_name(std::string_view name)
{
    const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
    return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), is_inner);
}

InstructionBody parse_from(Input& input)
{
    FromInstruction from;
    from.platform = input.flags.value("platform");
    const std::vector<std::string> words = input.words();
    if (words.size() != 1 && words.size() != 3)
        fail_at(input.place(), "FROM requires either one or three arguments", words.empty() ? "write FROM IMAGE, or FROM IMAGE AS STAGE" : comment_hint(words));
    from.image = words[0];
    if (words.size() == 3) {
        if (text::ascii_lower(words[1]) != "as")
            fail_at(input.place(), "FROM requires either one or three arguments",
                    words[1][0] == '#' ? comment_hint(words) : cat("write FROM ", words[0], " AS ", words[2]));
        from.as_keyword = words[1];
        from.stage_as_written = words[2];
        from.stage = text::ascii_lower(words[2]);
        if (!is_stage_name(from.stage))
            fail_at(input.place(), cat("invalid name for build stage: ", quoted(words[2]), ", name can't start with a number or contain symbols"));
    }
    return from;
}

CommandLine command_line(const Input& input)
{
    CommandLine command;
    if (auto words = json_words(input.place(), input.text)) {
        command.words = std::move(*words);
        return command;
    }
    command.is_shell = true;
    command.line = input.text;
    return command;
}

InstructionBody parse_run(Input& input)
{
    RunInstruction run;
    run.mounts = input.flags.values("mount");
    run.network = input.flags.value("network");
    const std::string security = input.flags.value("security");
    if (!run.network.empty() && run.network != "default" && run.network != "none" && run.network != "host")
        fail_at(input.place(), cat("invalid network mode ", quoted(run.network)), "RUN --network is default, none or host");
    if (!security.empty() && security != "sandbox" && security != "insecure")
        fail_at(input.place(), cat("security ", quoted(security), " is not valid"), "RUN --security is sandbox or insecure");
    run.is_privileged = security == "insecure";
    if (input.flags.is_set("device"))
        fail_at(input.place(), "RUN --device is not supported", "pass devices to the whole build with --device");
    run.command = command_line(input);
    run.heredocs = input.source.heredocs;
    if (input.text.empty() || (!run.command.is_shell && run.command.words.empty()))
        require_arguments(input, "at least one argument");
    return run;
}

InstructionBody parse_copy(Input& input)
{
    CopyInstruction copy;
    copy.is_add = input.keyword == "ADD";
    copy.chown = input.flags.value("chown");
    copy.chmod = input.flags.value("chmod");
    copy.link = input.flags.boolean("link").value_or(false);
    copy.excludes = input.flags.values("exclude");
    if (copy.is_add) {
        copy.checksum = input.flags.value("checksum");
        copy.keep_git_dir = input.flags.boolean("keep-git-dir").value_or(false);
        copy.unpack = input.flags.boolean("unpack");
    } else {
        copy.from = input.flags.value("from");
        copy.parents = input.flags.boolean("parents").value_or(false);
    }
    copy.heredocs = input.source.heredocs;

    std::vector<std::string> words;
    if (auto json = json_words(input.place(), input.text)) {
        copy.is_json = true;
        words = std::move(*json);
    } else {
        words = input.words();
    }
    if (words.empty())
        require_arguments(input, "at least two arguments");
    if (words.size() < 2)
        fail_at(input.place(), cat(input.keyword, " requires at least two arguments, but only one was provided. Destination could not be determined"),
                cat("write ", input.keyword, " ", words[0], " DESTINATION; '.' is the working directory"));
    copy.destination = words.back();
    words.pop_back();
    if (!heredoc_marker(copy.destination).name.empty() && !copy.is_json)
        fail_at(input.place(), cat(input.keyword, " cannot accept a heredoc as a destination"));
    for (std::string& word : words)
        if (copy.is_json || heredoc_marker(word).name.empty())
            copy.sources.push_back(std::move(word));
    return copy;
}

InstructionBody parse_env(Input& input)
{
    NamedValues values = read_named_values(input.place(), input.keyword, input.text, input.escape);
    return EnvInstruction{std::move(values.pairs), values.is_old_form};
}

InstructionBody parse_label(Input& input)
{
    NamedValues values = read_named_values(input.place(), input.keyword, input.text, input.escape);
    return LabelInstruction{std::move(values.pairs), values.is_old_form};
}

InstructionBody parse_arg(Input& input)
{
    ArgInstruction arg;
    for (const std::string& word : input.words()) {
        const std::size_t equals = word.find('=');
        if (equals == 0)
            fail_at(input.place(), "ARG names can not be blank");
        DeclaredArg declared{word.substr(0, equals), std::nullopt};
        if (equals != std::string::npos)
            declared.value = word.substr(equals + 1);
        if (declared.name[0] == '#')
            fail_at(input.place(), cat("invalid ARG name ", quoted(declared.name)), comment_hint({declared.name}));
        arg.args.push_back(std::move(declared));
    }
    if (arg.args.empty())
        require_arguments(input, "at least one argument");
    return arg;
}

InstructionBody parse_cmd(Input& input) { return CmdInstruction{command_line(input)}; }

InstructionBody parse_entrypoint(Input& input)
{
    CommandLine command = command_line(input);
    if (command.is_shell && (command.line.empty() || command.line == R"("")"))
        command = {}; // as [] does: no entry point
    return EntrypointInstruction{std::move(command)};
}

InstructionBody parse_expose(Input& input)
{
    const std::vector<std::string> words = input.words();
    if (words.empty())
        require_arguments(input, "at least one argument");
    if (const std::string hint = comment_hint(words); !hint.empty())
        fail_at(input.place(), cat("invalid containerPort: ", *std::find_if(words.begin(), words.end(), [](const std::string& w) { return w[0] == '#'; })), hint);
    return ExposeInstruction{std::string{input.text}};
}

InstructionBody parse_volume(Input& input)
{
    VolumeInstruction volume;
    if (auto json = json_words(input.place(), input.text)) {
        volume.paths = std::move(*json);
        volume.is_json = true;
    } else {
        volume.paths = input.words();
    }
    if (volume.paths.empty())
        require_arguments(input, "at least one argument");
    for (const std::string& path : volume.paths)
        if (path.find_first_not_of(" \t") == std::string::npos)
            fail_at(input.place(), "VOLUME specified can not be an empty string");
    return volume;
}

InstructionBody parse_user(Input& input)
{
    const std::vector<std::string> words = input.words();
    if (words.size() > 1)
        fail_at(input.place(), "USER requires exactly one argument", comment_hint(words));
    return UserInstruction{one_argument(input)};
}

InstructionBody parse_workdir(Input& input) { return WorkdirInstruction{one_argument(input)}; }
InstructionBody parse_stop_signal(Input& input) { return StopSignalInstruction{one_argument(input)}; }
InstructionBody parse_maintainer(Input& input) { return MaintainerInstruction{one_argument(input)}; }

InstructionBody parse_shell(Input& input)
{
    auto words = json_words(input.place(), input.text);
    if (!words)
        fail_at(input.place(), "SHELL requires the arguments to be in JSON form", R"(for example SHELL ["/bin/bash", "-c"])");
    if (words->empty())
        require_arguments(input, "at least one argument");
    return ShellInstruction{std::move(*words)};
}

std::chrono::nanoseconds health_time(Input& input, std::string_view name)
{
    const std::string value = input.flags.value(name);
    if (value.empty())
        return std::chrono::nanoseconds{0};
    std::chrono::nanoseconds time{};
    try {
        time = text::parse_duration(value);
    } catch (const Error& error) {
        fail_at(input.place(), cat("--", name, ": ", error.message()), "for example 30s or 1m30s");
    }
    if (time < std::chrono::nanoseconds{0} || (time > std::chrono::nanoseconds{0} && time < std::chrono::milliseconds{1}))
        fail_at(input.place(), cat("Interval ", quoted(name), " cannot be less than 1ms"));
    return time;
}

InstructionBody parse_health_check(Input& input)
{
    HealthCheckInstruction health;
    oci::ImageHealthCheck& check = health.check;
    check.interval = health_time(input, "interval");
    check.timeout = health_time(input, "timeout");
    check.start_period = health_time(input, "start-period");
    check.start_interval = health_time(input, "start-interval");
    if (const std::string retries = input.flags.value("retries"); !retries.empty()) {
        const auto [end, error] = std::from_chars(retries.data(), retries.data() + retries.size(), check.retries);
        if (error != std::errc{} || end != retries.data() + retries.size() || check.retries < 0)
            fail_at(input.place(), cat("--retries cannot be negative or no number: ", quoted(retries)));
    }

    const std::size_t end = std::min(input.text.find_first_of(" \t"), input.text.size());
    const std::string kind = text::ascii_upper(input.text.substr(0, end));
    std::string_view rest = input.text.substr(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (kind == "NONE") {
        if (!rest.empty())
            fail_at(input.place(), "HEALTHCHECK NONE takes no arguments");
        check.test = {"NONE"};
        return health;
    }
    if (kind != "CMD")
        fail_at(input.place(), cat("unknown type ", quoted(kind), " in HEALTHCHECK (try CMD)"), "write HEALTHCHECK [OPTIONS] CMD command, or HEALTHCHECK NONE");
    if (rest.empty())
        fail_at(input.place(), "missing command after HEALTHCHECK CMD");
    if (auto words = json_words(input.place(), rest)) {
        check.test = std::move(*words);
        check.test.insert(check.test.begin(), "CMD");
    } else {
        check.test = {"CMD-SHELL", std::string{rest}};
        health.is_shell = true;
    }
    return health;
}

InstructionBody parse_on_build(Input& input)
{
    const std::size_t end = std::min(input.text.find_first_of(" \t"), input.text.size());
    const std::string trigger = text::ascii_upper(input.text.substr(0, end));
    if (trigger.empty())
        require_arguments(input, "at least one argument");
    if (trigger == "ONBUILD")
        fail_at(input.place(), "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if (trigger == "FROM" || trigger == "MAINTAINER")
        fail_at(input.place(), cat(trigger, " isn't allowed as an ONBUILD trigger"));
    OnBuildInstruction on_build{std::string{input.text}};
    for (const Heredoc& heredoc : input.source.heredocs)
        on_build.text += cat("\n", heredoc.body, heredoc.name);
    // A mistake in it is a mistake here, not in the image that will be built on this one.
    SourceInstruction fired = input.source;
    fired.keyword = input.text.substr(0, end);
    std::string_view rest = input.text.substr(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    fired.text = rest;
    parse_instruction(fired, input.escape);
    return on_build;
}

struct Parser
{
    std::string_view keyword;
    InstructionBody (*parse)(Input& input);
};

constexpr std::array parsers{
    Parser{"ADD", parse_copy},       Parser{"ARG", parse_arg},
    Parser{"CMD", parse_cmd},        Parser{"COPY", parse_copy},
    Parser{"ENTRYPOINT", parse_entrypoint}, Parser{"ENV", parse_env},
    Parser{"EXPOSE", parse_expose},  Parser{"FROM", parse_from},
    Parser{"HEALTHCHECK", parse_health_check}, Parser{"LABEL", parse_label},
    Parser{"MAINTAINER", parse_maintainer}, Parser{"ONBUILD", parse_on_build},
    Parser{"RUN", parse_run},        Parser{"SHELL", parse_shell},
    Parser{"STOPSIGNAL", parse_stop_signal}, Parser{"USER", parse_user},
    Parser{"VOLUME", parse_volume},  Parser{"WORKDIR", parse_workdir},
};

/// Those whose first words may be flags. For the others "--" is text.
bool has_flags(std::string_view keyword)
{
    return keyword == "FROM" || keyword == "RUN" || keyword == "COPY" || keyword == "ADD" || keyword == "HEALTHCHECK";
}

[[noreturn]] void refuse_unknown(const SourceInstruction& source)
{
    const std::vector<std::string_view> known = instruction_keywords();
    const std::optional<std::string> nearest = text::find_nearest(source.keyword, known);
    std::string hint = nearest ? cat("did you mean ", *nearest, "?") : "";
    if (hint.empty() && (source.keyword == "&&" || source.keyword[0] == '-' || source.keyword == "||"))
        hint = "does the line above end without the '\\' that continues it?";
    fail_at(source.place, cat("unknown instruction: ", source.keyword), hint);
}

} // namespace

std::vector<std::string_view> instruction_keywords()
{
    std::vector<std::string_view> keywords;
    for (const Parser& parser : parsers)
        keywords.push_back(parser.keyword);
    return keywords;
}

Instruction parse_instruction(const SourceInstruction& source, char escape)
{
    const std::string keyword = text::ascii_upper(source.keyword);
    const auto parser = std::find_if(parsers.begin(), parsers.end(), [&](const Parser& p) { return p.keyword == keyword; });
    if (parser == parsers.end())
        refuse_unknown(source);

    std::string_view text = source.text;
    std::string_view no_flags;
    InstructionFlags flags{source.place, has_flags(keyword) ? text : no_flags, escape};
    Input input{source, parser->keyword, text, escape, std::move(flags)};
    Instruction instruction{source.place, keyword, source.keyword, source.text, source.check, source.comment, source.empty_continuations, parser->parse(input)};
    if (has_flags(keyword))
        input.flags.refuse_rest(keyword);
    return instruction;
}

} // namespace skiff::build
