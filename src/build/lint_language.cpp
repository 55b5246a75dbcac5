// The rules with BuildKit's names. Source: the Dockerfile reference, "Build checks".

#include "base/cat.hpp"
#include "base/error.hpp"
#include "build/lint_rules.hpp"
#include "build/step.hpp"
#include "oci/reference.hpp"
#include "text/ascii_case.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace skiff::build::rules {
namespace {

bool is_upper(const std::string& word) { return text::ascii_upper(word) == word; }
bool is_lower(const std::string& word) { return text::ascii_lower(word) == word; }

template <typename Visit>
void for_every_instruction(const Containerfile& file, Visit&& visit)
{
    for (const Instruction& instruction : file.global_args)
        visit(instruction);
    for (const Stage& stage : file.stages) {
        visit(stage.from);
        for (const Instruction& instruction : stage.instructions)
            visit(instruction);
    }
}

/// Names that look like a password's. "public" and the like take the suspicion away.
bool looks_secret(const std::string& name)
{
    const std::string lower = text::ascii_lower(name);
    constexpr std::array<std::string_view, 4> harmless{"public", "_file", "_path", "_url"};
    for (const std::string_view word : harmless)
        if (lower.find(word) != std::string::npos)
            return false;
    constexpr std::array<std::string_view, 11> words{"apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token", "pswd"};
    std::string_view rest = lower;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of("_-."), rest.size());
        if (std::find(words.begin(), words.end(), rest.substr(0, end)) != words.end())
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

} // namespace

void consistent_instruction_casing(const LintInput& input, Findings& findings)
{
    std::size_t upper = 0;
    std::size_t lower = 0;
    for_every_instruction(input.file, [&](const Instruction& instruction) {
        upper += is_upper(instruction.keyword_as_written) ? 1 : 0;
        lower += is_lower(instruction.keyword_as_written) ? 1 : 0;
    });
    const bool wants_lower = lower > upper;
    for_every_instruction(input.file, [&](const Instruction& instruction) {
        const std::string& written = instruction.keyword_as_written;
        const std::string wanted = wants_lower ? text::ascii_lower(written) : text::ascii_upper(written);
        if (written != wanted)
            findings.push_back(finding(instruction.place, cat("keyword ", quoted(written), " is written otherwise than most of the file"), cat("write ", wanted)));
    });
}

void copy_ignored_file(const LintInput& input, Findings& findings)
{
    for_each<CopyInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const CopyInstruction& copy) {
        if (!copy.from.empty())
            return;
        for (const std::string& source : copy.sources) {
            if (source.find_first_of("$*?[") != std::string::npos || source.find("://") != std::string::npos)
                continue;
            const std::string path = clean_relative_path(source);
            const IgnoreRules::Rule* rule = path.empty() ? nullptr : input.ignore.find_hiding(path);
            if (rule != nullptr && !input.ignore.may_show_below(path))
                findings.push_back(finding(instruction.place, cat(quoted(source), " is hidden by ", quoted(rule->text), " in ", input.ignore.file(), ":", rule->line),
                                           cat("remove the rule, or add \"!", path, "\" below it")));
        }
    });
}

void duplicate_stage_name(const LintInput& input, Findings& findings)
{
    std::map<std::string, int> lines;
    for (const Stage& stage : input.file.stages) {
        if (stage.name.empty())
            continue;
        const auto [first, is_new] = lines.emplace(stage.name, stage.from.place.line);
        if (!is_new)
            findings.push_back(finding(stage.from.place, cat("stage ", quoted(stage.name), " has the name of the one in line ", first->second), "give it another name"));
    }
}

void expose_invalid_format(const LintInput& input, Findings& findings)
{
    for_each<ExposeInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const ExposeInstruction& expose) {
        for (const std::string& word : split_words(expose.ports, input.file.directives.escape))
            if (word.find(':') != std::string::npos && word.find('$') == std::string::npos)
                findings.push_back(finding(instruction.place, cat(quoted(word), " has more than the container's port"), "addresses and host ports belong to `run -p`"));
    });
}

void expose_proto_casing(const LintInput& input, Findings& findings)
{
    for_each<ExposeInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const ExposeInstruction& expose) {
        for (const std::string& word : split_words(expose.ports, input.file.directives.escape)) {
            const std::size_t slash = word.find('/');
            if (slash != std::string::npos && word.find('$') == std::string::npos && !is_lower(word.substr(slash)))
                findings.push_back(finding(instruction.place, cat("the protocol of ", quoted(word), " has capitals"), cat("write ", text::ascii_lower(word))));
        }
    });
}

void from_as_casing(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages) {
        const std::string& as = stage.base().as_keyword;
        const bool differs = (is_upper(stage.from.keyword_as_written) && !is_upper(as)) || (is_lower(stage.from.keyword_as_written) && !is_lower(as));
        if (!as.empty() && differs)
            findings.push_back(finding(stage.from.place, cat(quoted(stage.from.keyword_as_written), " and ", quoted(as), " are written differently"), "use capitals for both, or small letters for both"));
    }
}

void from_platform_constant(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages) {
        const std::string& platform = stage.base().platform;
        // A stage for one platform among stages for all of them is the honest use.
        const bool names_it = !stage.name.empty() && stage.name.find(platform.substr(platform.rfind('/') + 1)) != std::string::npos;
        if (!platform.empty() && platform.find('$') == std::string::npos && !names_it)
            findings.push_back(finding(stage.from.place, cat("the platform is always ", quoted(platform)), "leave --platform to the command line, or use $BUILDPLATFORM"));
    }
}

void invalid_default_arg_in_from(const LintInput& input, Findings& findings)
{
    BuildArgs defaults = input.args;
    defaults.given.clear();
    const GlobalArgs args{defaults, input.file};
    for (const Stage& stage : input.file.stages) {
        if (stage.base().image.find('$') == std::string::npos)
            continue;
        Expansion expansion = args.from_line();
        bool is_image = true;
        try {
            const std::string image = expand_word(stage.base().image, expansion);
            is_image = image == "scratch" || find_stage(input.file, image, stage.index) || !oci::Reference::parse(image).repository.empty();
        } catch (const Error&) { // the finding says it
            is_image = false;
        }
        if (!is_image)
            findings.push_back(finding(stage.from.place, cat(quoted(stage.base().image), " is no image's name without --build-arg"), "give the ARG before FROM a default"));
    }
}

void invalid_definition_description(const LintInput& input, Findings& findings)
{
    // Only comments that look like a description: a first word, and a name that differs from it in nothing but case.
    const auto check = [&](const Instruction& instruction, const std::string& name) {
        const std::string& comment = instruction.comment;
        const std::string first = comment.substr(0, comment.find(' '));
        if (!name.empty() && first != name && text::ascii_lower(first) == text::ascii_lower(name))
            findings.push_back(finding(instruction.place, cat("the comment above ", quoted(name), " names it otherwise"), cat("begin it with \"# ", name, " ...\"")));
    };
    for_every_instruction(input.file, [&](const Instruction& instruction) {
        if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body))
            check(instruction, arg->args.front().name);
        else if (const auto* from = std::get_if<FromInstruction>(&instruction.body))
            check(instruction, from->stage_as_written);
    });
}

void json_args_recommended(const LintInput& input, Findings& findings)
{
    const auto check = [&](const Stage& stage, const Instruction& instruction, const CommandLine& command) {
        const bool has_own_shell = std::any_of(stage.instructions.begin(), stage.instructions.end(), [&](const Instruction& other) {
            return other.keyword == "SHELL" && other.place.line < instruction.place.line;
        });
        if (command.is_shell && !command.line.empty() && !has_own_shell && command.line[0] != '[')
            findings.push_back(finding(instruction.place, cat(instruction.keyword, " runs in a shell, which keeps signals from the program"),
                                       cat("write ", instruction.keyword, R"( ["program", "argument"])")));
    };
    for_each<CmdInstruction>(input.file, [&](const Stage& stage, const Instruction& instruction, const CmdInstruction& cmd) { check(stage, instruction, cmd.command); });
    for_each<EntrypointInstruction>(
        input.file, [&](const Stage& stage, const Instruction& instruction, const EntrypointInstruction& entrypoint) { check(stage, instruction, entrypoint.command); });
}

void legacy_key_value_format(const LintInput& input, Findings& findings)
{
    const auto add = [&](const Instruction& instruction, const std::vector<NamedValue>& pairs) {
        findings.push_back(finding(instruction.place, cat(instruction.keyword, " without '=' is the old form"), cat("write ", instruction.keyword, " ", pairs[0].name, "=\"", pairs[0].value, "\"")));
    };
    for_each<EnvInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const EnvInstruction& env) {
        if (env.is_old_form)
            add(instruction, env.variables);
    });
    for_each<LabelInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const LabelInstruction& label) {
        if (label.is_old_form)
            add(instruction, label.labels);
    });
}

void maintainer_deprecated(const LintInput& input, Findings& findings)
{
    for_each<MaintainerInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const MaintainerInstruction& maintainer) {
        findings.push_back(finding(instruction.place, "MAINTAINER is deprecated", cat("write LABEL org.opencontainers.image.authors=\"", maintainer.name, "\"")));
    });
}

void multiple_instructions(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages) {
        std::map<std::string, const Instruction*> last;
        for (const Instruction& instruction : stage.instructions) {
            if (instruction.keyword != "CMD" && instruction.keyword != "ENTRYPOINT" && instruction.keyword != "HEALTHCHECK")
                continue;
            if (const Instruction*& earlier = last[instruction.keyword]; earlier != nullptr)
                findings.push_back(finding(earlier->place, cat("this ", instruction.keyword, " has no effect: line ", instruction.place.line, " has another"), "remove it"));
            last[instruction.keyword] = &instruction;
        }
    }
}

void no_empty_continuation(const LintInput& input, Findings& findings)
{
    for_every_instruction(input.file, [&](const Instruction& instruction) {
        if (!instruction.empty_continuations.empty())
            findings.push_back(finding(instruction.place, cat("line ", instruction.empty_continuations[0], " is empty and inside a continued instruction"), "remove the empty line, or the '\\' before it"));
    });
}

void redundant_target_platform(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages)
        if (const std::string& platform = stage.base().platform; platform == "$TARGETPLATFORM" || platform == "${TARGETPLATFORM}")
            findings.push_back(finding(stage.from.place, cat("--platform=", platform, " is what FROM does anyway"), "remove it"));
}

void reserved_stage_name(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages)
        if (stage.name == "scratch" || stage.name == "context")
            findings.push_back(finding(stage.from.place, cat(quoted(stage.name), " means something else in FROM and --from"), "give the stage another name"));
}

void secrets_in_arg_or_env(const LintInput& input, Findings& findings)
{
    const auto check = [&](const Instruction& instruction, const std::string& name) {
        if (looks_secret(name))
            findings.push_back(finding(instruction.place, cat(instruction.keyword, " ", quoted(name), " looks like a secret, and everybody who has the image can read it"),
                                       "use RUN --mount=type=secret,id=... and `build --secret`"));
    };
    for_every_instruction(input.file, [&](const Instruction& instruction) {
        if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body))
            for (const DeclaredArg& declared : arg->args)
                check(instruction, declared.name);
        if (const auto* env = std::get_if<EnvInstruction>(&instruction.body))
            for (const NamedValue& variable : env->variables)
                check(instruction, variable.name);
    });
}

void stage_name_casing(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages)
        if (const std::string& written = stage.base().stage_as_written; !is_lower(written))
            findings.push_back(finding(stage.from.place, cat("stage ", quoted(written), " has capitals"), cat("write ", text::ascii_lower(written))));
}

void undefined_arg_in_from(const LintInput& input, Findings& findings)
{
    const GlobalArgs args{input.args, input.file};
    std::vector<std::string> known;
    for (const Instruction& instruction : input.file.global_args)
        for (const DeclaredArg& arg : std::get<ArgInstruction>(instruction.body).args)
            known.push_back(arg.name);
    for (const Stage& stage : input.file.stages) {
        Expansion expansion = args.from_line();
        try {
            (void)expand_word(stage.base().image, expansion);
            (void)expand_word(stage.base().platform, expansion);
        } catch (const Error&) { // the build says it
        }
        for (const std::string& name : expansion.undefined) {
            const bool is_declared = std::find(known.begin(), known.end(), name) != known.end();
            if (is_declared)
                continue;
            const std::optional<std::string> nearest = text::find_nearest(name, known);
            findings.push_back(finding(stage.from.place, cat("FROM uses ", quoted(name), ", which no ARG before it declares"),
                                       nearest ? cat("did you mean ", *nearest, "?") : cat("write ARG ", name, "=... above the first FROM")));
        }
    }
}

void undefined_var(const LintInput& input, Findings& findings)
{
    GlobalArgs args{input.args, input.file};
    std::vector<StageState> ends;
    std::vector<bool> knows_env;
    for (const Stage& stage : input.file.stages) {
        StageState state;
        bool is_known = stage.base().image == "scratch";
        if (const std::optional<std::size_t> base = find_stage(input.file, stage.base().image, stage.index)) {
            state = ends[*base];
            is_known = knows_env[*base];
        } else if (const auto env = input.find_base_env ? input.find_base_env(stage) : std::nullopt) {
            state.image.config.env = *env;
            is_known = true;
        }
        for (const Instruction& instruction : stage.instructions) {
            std::set<std::string> undefined;
            try {
                undefined = make_step(instruction, state, args, input.file.directives.escape).undefined;
            } catch (const Error&) { // the build says it
            }
            std::vector<std::string> known;
            for (const DeclaredArg& arg : state.args.declared())
                known.push_back(arg.name);
            for (const std::string& entry : state.image.config.env)
                known.push_back(entry.substr(0, entry.find('=')));
            for (const std::string& name : undefined) {
                const bool is_declared = std::find(known.begin(), known.end(), name) != known.end();
                const std::optional<std::string> nearest = text::find_nearest(name, known);
                // Without the base image its variables are not known; a near miss is telling all the same.
                if (is_declared || (!is_known && !nearest))
                    continue;
                findings.push_back(finding(instruction.place, cat("variable ", quoted(name), " has no value here"), nearest ? cat("did you mean $", *nearest, "?") : cat("declare it with ARG ", name, " or ENV ", name, "=... above")));
            }
        }
        ends.push_back(std::move(state));
        knows_env.push_back(is_known);
    }
}

void workdir_relative_path(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages) {
        if (find_stage(input.file, stage.base().image, stage.index))
            continue;
        for (const Instruction& instruction : stage.instructions) {
            const auto* workdir = std::get_if<WorkdirInstruction>(&instruction.body);
            if (workdir == nullptr)
                continue;
            if (!workdir->path.empty() && workdir->path[0] != '/' && workdir->path[0] != '$')
                findings.push_back(finding(instruction.place, cat("what ", quoted(workdir->path), " is relative to depends on the base image"), cat("write WORKDIR /", workdir->path)));
            break;
        }
    }
}

} // namespace skiff::build::rules
