// What lecture notes and experience warn about: the file does what it says, and there is a better one.

#include "base/cat.hpp"
#include "build/lint_rules.hpp"
#include "text/glob.hpp"

#include <algorithm>
#include <array>

namespace skiff::build::rules {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The text that a RUN hands to a shell or program.
std::string run_text(const RunInstruction& run)
{
    std::string text = run.command.line;
    for (const std::string& word : run.command.words)
        text += cat(text.empty() ? "" : " ", word);
    for (const Heredoc& heredoc : run.heredocs)
        text += cat("\n", heredoc.body);
    return text;
}

bool has_cache_mount(const RunInstruction& run, std::string_view path)
{
    return std::any_of(run.mounts.begin(), run.mounts.end(), [&](const std::string& mount) { return has(mount, "type=cache") && has(mount, path); });
}

bool installs_packages(const std::string& text)
{
    constexpr std::array<std::string_view, 12> installers{"npm install", "npm ci", "yarn install", "pnpm install", "pip install", "pip3 install",
                                                          "poetry install", "bundle install", "composer install", "go mod download", "cargo fetch", "apt-get install"};
    return std::any_of(installers.begin(), installers.end(), [&](std::string_view installer) { return has(text, installer); });
}

} // namespace

void add_instead_of_copy(const LintInput& input, Findings& findings)
{
    for_each<CopyInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const CopyInstruction& copy) {
        const bool is_plain = std::all_of(copy.sources.begin(), copy.sources.end(), [](const std::string& source) {
            return !has(source, "://") && !has(source, ".tar") && !has(source, ".tgz") && !has(source, ".git") && !has(source, "$") && !has(source, ".txz") && !has(source, "@");
        });
        if (copy.is_add && is_plain)
            findings.push_back(finding(instruction.place, "ADD unpacks archives and fetches addresses, and there is none here", "write COPY"));
    });
}

void base_image_without_version(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages) {
        const std::string& image = stage.base().image;
        if (image == "scratch" || has(image, "$") || has(image, "@") || find_stage(input.file, image, stage.index))
            continue;
        const std::size_t colon = image.find(':', image.rfind('/') == std::string::npos ? 0 : image.rfind('/'));
        if (colon == std::string::npos || image.substr(colon) == ":latest")
            findings.push_back(finding(stage.from.place, cat(quoted(image), " is another image tomorrow"), "name a version: IMAGE:TAG, or IMAGE@sha256:..."));
    }
}

void copy_before_install(const LintInput& input, Findings& findings)
{
    for (const Stage& stage : input.file.stages) {
        const Instruction* copy_all = nullptr;
        for (const Instruction& instruction : stage.instructions) {
            if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body); copy != nullptr && copy->from.empty() && copy->sources == std::vector<std::string>{"."})
                copy_all = &instruction;
            const auto* run = std::get_if<RunInstruction>(&instruction.body);
            if (copy_all != nullptr && run != nullptr && installs_packages(run_text(*run))) {
                findings.push_back(finding(copy_all->place, cat("every changed file makes line ", instruction.place.line, " run again"),
                                           "copy the list of dependencies first (package*.json, requirements.txt ...), install, then COPY . ."));
                break;
            }
        }
    }
}

void copy_of_secret_file(const LintInput& input, Findings& findings)
{
    constexpr std::array<std::string_view, 8> patterns{".env", "*.pem", "*.key", "id_rsa", "id_ed25519", ".netrc", "*.p12", ".npmrc"};
    for_each<CopyInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const CopyInstruction& copy) {
        if (!copy.from.empty())
            return;
        for (const std::string& source : copy.sources) {
            const std::string name = source.substr(source.rfind('/') == std::string::npos ? 0 : source.rfind('/') + 1);
            if (std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) { return text::matches_path(pattern, name); }))
                findings.push_back(finding(instruction.place, cat(quoted(source), " looks like a secret, and everybody who has the image can read it"), "use RUN --mount=type=secret, or give it to the container when it runs"));
        }
    });
}

void many_run_instructions(const LintInput& input, Findings& findings)
{
    constexpr std::size_t many = 4;
    for (const Stage& stage : input.file.stages) {
        std::size_t in_a_row = 0;
        for (const Instruction& instruction : stage.instructions) {
            const auto* run = std::get_if<RunInstruction>(&instruction.body);
            in_a_row = run != nullptr && run->mounts.empty() && run->heredocs.empty() ? in_a_row + 1 : 0;
            if (in_a_row == many)
                findings.push_back(finding(instruction.place, cat(many, " RUN lines in a row make as many layers"), "join what belongs together with && or a heredoc"));
        }
    }
}

void missing_health_check(const LintInput& input, Findings& findings)
{
    const Stage& last = input.file.stages.back();
    const auto has_keyword = [&](std::string_view keyword) {
        return std::any_of(last.instructions.begin(), last.instructions.end(), [&](const Instruction& instruction) { return instruction.keyword == keyword; });
    };
    if (has_keyword("EXPOSE") && !has_keyword("HEALTHCHECK"))
        findings.push_back(finding(last.from.place, "the image serves a port and has no HEALTHCHECK", "write HEALTHCHECK CMD with a request that must succeed, or HEALTHCHECK NONE"));
}

void package_cache_in_layer(const LintInput& input, Findings& findings)
{
    for_each<RunInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const RunInstruction& run) {
        const std::string text = run_text(run);
        if (has(text, "apt-get install") && !has(text, "/var/lib/apt/lists") && !has_cache_mount(run, "/var/lib/apt"))
            findings.push_back(finding(instruction.place, "apt's package lists stay in the layer", "end with && rm -rf /var/lib/apt/lists/*, or mount a cache there"));
        if (has(text, "apk add") && !has(text, "--no-cache") && !has_cache_mount(run, "/var/cache/apk") && !has(text, "/var/cache/apk"))
            findings.push_back(finding(instruction.place, "apk's index stays in the layer", "write apk add --no-cache"));
        if ((has(text, "pip install") || has(text, "pip3 install")) && !has(text, "--no-cache-dir") && !has_cache_mount(run, "cache"))
            findings.push_back(finding(instruction.place, "pip's downloads stay in the layer", "write pip install --no-cache-dir, or mount a cache on /root/.cache/pip"));
    });
}

void runs_as_root(const LintInput& input, Findings& findings)
{
    const Stage& last = input.file.stages.back();
    const Instruction* user = nullptr;
    for (const Instruction& instruction : last.instructions)
        if (instruction.keyword == "USER")
            user = &instruction;
    const bool has_command = std::any_of(last.instructions.begin(), last.instructions.end(), [](const Instruction& i) { return i.keyword == "CMD" || i.keyword == "ENTRYPOINT"; });
    if (user == nullptr && has_command && !find_stage(input.file, last.base().image, last.index))
        findings.push_back(finding(last.from.place, "no USER: the program runs as root inside the container", "make a user (RUN useradd --create-home app) and say USER app before CMD"));
    else if (user != nullptr && (std::get<UserInstruction>(user->body).user == "root" || std::get<UserInstruction>(user->body).user == "0"))
        findings.push_back(finding(user->place, "the last USER is root", "change back to another user before CMD"));
}

void separate_package_update(const LintInput& input, Findings& findings)
{
    for_each<RunInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const RunInstruction& run) {
        const std::string text = run_text(run);
        const bool updates = has(text, "apt-get update") || has(text, "apt update");
        const bool installs = has(text, "install") || has(text, "upgrade");
        if (updates && !installs)
            findings.push_back(finding(instruction.place, "a cached update makes a later install look for packages that are gone", "write apt-get update && apt-get install ... in one RUN"));
    });
}

void single_quoted_json(const LintInput& input, Findings& findings)
{
    const auto check = [&](const Instruction& instruction, const CommandLine& command) {
        // `[ -f x ]` is a command; what begins with a quoted word was meant to be a list.
        const std::size_t word = command.line.find_first_not_of("[ \t");
        const bool was_a_list = command.is_shell && command.line.starts_with('[') && command.line.ends_with(']') && word != std::string::npos &&
                                (command.line[word] == '\'' || (command.line[word] == '"' && command.line.find(',') != std::string::npos));
        if (was_a_list && command.line.find('\'') != std::string::npos)
            findings.push_back(finding(instruction.place, cat(instruction.keyword, " has single quotes in its list, so a shell gets it as a line"), "JSON wants double quotes"));
        else if (was_a_list)
            findings.push_back(finding(instruction.place, cat(instruction.keyword, " has a list that is no JSON, so a shell gets it as a line"),
                                       "look for a comma or a quote too many or too few"));
    };
    for_each<RunInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const RunInstruction& run) { check(instruction, run.command); });
    for_each<CmdInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const CmdInstruction& cmd) { check(instruction, cmd.command); });
    for_each<EntrypointInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const EntrypointInstruction& e) { check(instruction, e.command); });
}

void sudo_in_run(const LintInput& input, Findings& findings)
{
    for_each<RunInstruction>(input.file, [&](const Stage&, const Instruction& instruction, const RunInstruction& run) {
        const std::string text = run_text(run);
        if (text.starts_with("sudo ") || has(text, "&& sudo ") || has(text, "; sudo "))
            findings.push_back(finding(instruction.place, "RUN is root already unless USER says otherwise, and sudo is rarely there", "remove sudo, or change USER for this step"));
    });
}

} // namespace skiff::build::rules
