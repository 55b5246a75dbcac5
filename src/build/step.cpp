#include "build/step.hpp"

#include "base/error.hpp"
#include "build/git_address.hpp"
#include "build/path_pattern.hpp"
#include "text/address.hpp"
#include "text/ascii_case.hpp"
#include "text/shell_words.hpp"
#include "text/signal_names.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

namespace skiff::build {
namespace {

std::optional<std::string> find_env(const std::vector<std::string>& env, std::string_view name)
{
    for (const std::string& entry : env)
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
            return entry.substr(name.size() + 1);
    return std::nullopt;
}

void add_sorted(std::vector<std::string>& list, std::string item)
{
    const auto at = std::lower_bound(list.begin(), list.end(), item);
    if (at == list.end() || *at != item)
        list.insert(at, std::move(item));
}

std::string join(const std::vector<std::string>& words)
{
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : " ") + word;
    return out;
}

std::string json_text(const std::vector<std::string>& words) { return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// One instruction on its way to a step.
class StepMaker
{
  public:
    StepMaker(const Instruction& instruction, StageState& state, GlobalArgs& args, char escape) : instruction_(instruction), state_(state), args_(args)
    {
        expansion_.escape = escape;
        // The values from before the instruction: ENV a=1 b=$a does not see its own a.
        expansion_.find = [env = state.image.config.env, stage_args = state.args](std::string_view name) {
            const std::optional<std::string> value = find_env(env, name);
            return value ? value : stage_args.find(name);
        };
        step_.place = instruction.place;
        step_.text = cat(instruction.keyword_as_written, " ", instruction.text);
    }

    Step make()
    {
        try {
            std::visit([&](const auto& body) { apply(body); }, instruction_.body);
        } catch (Error& error) {
            const std::string prefix = cat(instruction_.place.file, ":", instruction_.place.line, ": ");
            if (!error.message().starts_with(prefix))
                error.add_context(cat(instruction_.place.file, ":", instruction_.place.line, ": ", instruction_.keyword));
            throw;
        }
        step_.undefined = std::move(expansion_.undefined);
        return std::move(step_);
    }

  private:
    oci::ExecutionConfig& config() { return state_.image.config; }
    std::string expand(const std::string& text) { return expand_word(text, expansion_); }

    void history(const std::string& text) { step_.created_by = cat("/bin/sh -c #(nop) ", instruction_.keyword, " ", text); }

    [[nodiscard]] std::string working_dir() const
    {
        const std::string& dir = state_.image.config.working_dir;
        return dir.empty() ? "/" : dir;
    }

    void apply(const FromInstruction&) { throw Error{ErrorKind::Failure, "FROM begins a stage"}; }

    void apply(const RunInstruction& run)
    {
        RunStep step;
        for (const std::string& text : run.mounts) {
            RunMount mount = parse_run_mount(expand_word(text, expansion_));
            if (!mount.target.empty())
                mount.target = absolute_path(working_dir(), mount.target);
            if (mount.type == RunMountType::Cache)
                mount.id = mount.id.starts_with('/') || mount.id == mount.target ? absolute_path("/", mount.id) : mount.id;
            step.mounts.push_back(std::move(mount));
        }
        step.network = run.network == "default" ? "" : run.network;
        step.is_privileged = run.is_privileged;
        step.env = config().env;
        step.user = config().user;
        step.working_dir = working_dir();
        for (auto& [name, value] : state_.args.with_values())
            if (!find_env(config().env, name))
                step.args[name] = value;
        set_command(step, run);

        std::string declared;
        std::size_t count = 0;
        for (const auto& [name, value] : step.args) {
            declared += cat(" ", name, "=", value);
            ++count;
        }
        step_.created_by = cat(count > 0 ? cat("|", count, declared, " ") : "", join(step.argv));
        step_.action = std::move(step);
    }

    void set_command(RunStep& step, const RunInstruction& run)
    {
        if (!run.command.is_shell) {
            step.argv = run.command.words;
            return;
        }
        std::string line = run.command.line;
        const bool is_only_heredoc = run.heredocs.size() == 1 && heredoc_marker(line).name == run.heredocs[0].name && split_words(line, '\\').size() == 1;
        if (is_only_heredoc) {
            line = run.heredocs[0].content();
            if (line.starts_with("#!"))
                step.script = line;
        } else {
            for (const Heredoc& heredoc : run.heredocs)
                line += cat("\n", heredoc.body, heredoc.name);
        }
        step.argv = shell_of(config());
        step.argv.push_back(std::move(line));
    }

    void apply(const CopyInstruction& copy)
    {
        CopyStep step;
        step.is_add = copy.is_add;
        const auto value = [&](const std::string& word) { return copy.is_json ? expand_json(word) : expand(word); };
        for (const std::string& source : copy.sources)
            step.sources.push_back(value(source));
        std::string destination = value(copy.destination);
        if (destination.empty())
            throw Error{ErrorKind::Failure, "the destination is empty"};
        for (const Heredoc& heredoc : copy.heredocs)
            step.inline_files.push_back({heredoc.name, heredoc.expands ? expand_heredoc(heredoc.content(), expansion_) : heredoc.content()});
        step.from = expand(copy.from);
        step.chown = expand(copy.chown);
        step.chmod = expand(copy.chmod);
        step.checksum = expand(copy.checksum);
        for (const std::string& exclude : copy.excludes)
            step.excludes.push_back(expand(exclude));
        step.link = copy.link;
        step.parents = copy.parents;
        step.keep_git_dir = copy.keep_git_dir;
        step.unpack = copy.unpack;

        check_sources(step);

        const bool is_directory = destination.ends_with('/') || destination == "." || destination == ".." || destination.ends_with("/.");
        if (step.sources.size() + step.inline_files.size() > 1 && !is_directory)
            throw Error{ErrorKind::Failure, cat("when using ", instruction_.keyword, " with more than one source file, the destination must be a directory and end with a /")};
        step.destination = absolute_path(working_dir(), destination);
        if (is_directory && step.destination != "/")
            step.destination += '/';
        history(instruction_.text);
        step_.action = std::move(step);
    }

    /// Addresses are ADD's alone, and --checksum is for one of them.
    static void check_sources(const CopyStep& step)
    {
        bool is_remote = false;
        for (const std::string& source : step.sources) {
            const bool is_git = find_git_address(source).has_value();
            if (!step.is_add && step.from.empty() && (is_git || text::is_web_address(source)))
                throw Error{ErrorKind::Failure, cat("source can't be a ", is_git ? "git ref" : "URL", " for COPY")}.with_hint("ADD takes addresses");
            is_remote = is_git || text::is_web_address(source);
        }
        if (step.checksum.empty())
            return;
        if (step.sources.size() != 1 || !step.inline_files.empty())
            throw Error{ErrorKind::Failure, "checksum can't be specified for multiple sources"};
        if (!is_remote)
            throw Error{ErrorKind::Failure, "checksum can't be specified for sources that are not http(s) or git addresses"};
    }

    /// In a JSON list quotes and backslashes are text; only variables are looked for.
    std::string expand_json(const std::string& word)
    {
        std::string protected_word;
        for (const char c : word) {
            if (c == '"' || c == '\'')
                protected_word += expansion_.escape;
            protected_word += c;
        }
        return expand_word(protected_word, expansion_);
    }

    void apply(const EnvInstruction& env)
    {
        std::string text;
        std::vector<std::pair<std::string, std::string>> values;
        for (const NamedValue& variable : env.variables)
            values.emplace_back(expand(variable.name), expand(variable.value));
        for (const auto& [name, value] : values) {
            if (name.empty())
                throw Error{ErrorKind::Failure, "ENV names can not be blank"};
            set_env(config().env, name, value);
            text += cat(text.empty() ? "" : " ", name, "=", text::shell_quote(value));
        }
        history(text);
    }

    void apply(const LabelInstruction& label)
    {
        std::string text;
        for (const NamedValue& pair : label.labels) {
            const std::string name = expand(pair.name);
            const std::string value = expand(pair.value);
            if (name.empty())
                throw Error{ErrorKind::Failure, "LABEL names can not be blank"};
            config().labels[name] = value;
            text += cat(text.empty() ? "" : " ", name, "=", text::shell_quote(value));
        }
        history(text);
    }

    void apply(const ArgInstruction& arg)
    {
        for (const DeclaredArg& declared : arg.args) {
            std::optional<std::string> value = args_.given(declared.name);
            if (!value && declared.value)
                value = expand_default(*declared.value);
            else if (!value)
                value = args_.import(declared.name);
            state_.args.declare(declared.name, std::move(value));
        }
        history(instruction_.text);
    }

    /// A later ARG of one line sees the earlier ones.
    std::string expand_default(const std::string& text)
    {
        Expansion expansion;
        expansion.escape = expansion_.escape;
        expansion.find = [this](std::string_view name) {
            const std::optional<std::string> value = find_env(config().env, name);
            return value ? value : state_.args.find(name);
        };
        std::string value = expand_word(text, expansion);
        expansion_.undefined.insert(expansion.undefined.begin(), expansion.undefined.end());
        return value;
    }

    std::vector<std::string> command_words(const CommandLine& command)
    {
        if (!command.is_shell)
            return command.words;
        std::vector<std::string> words = shell_of(config());
        words.push_back(command.line);
        return words;
    }

    void apply(const CmdInstruction& cmd)
    {
        config().cmd = command_words(cmd.command);
        config().args_escaped = false;
        state_.has_cmd = true;
        history(json_text(config().cmd));
    }

    void apply(const EntrypointInstruction& entrypoint)
    {
        config().entrypoint = command_words(entrypoint.command);
        if (!state_.has_cmd)
            config().cmd.clear();
        history(json_text(config().entrypoint));
    }

    void apply(const ExposeInstruction& expose)
    {
        for (const std::string& word : expand_words(expose.ports, expansion_))
            for (std::string& port : exposed_ports(word))
                add_sorted(config().exposed_ports, std::move(port));
        history(instruction_.text);
    }

    void apply(const VolumeInstruction& volume)
    {
        for (const std::string& path : volume.paths) {
            const std::string value = volume.is_json ? expand_json(path) : expand(path);
            if (value.empty())
                throw Error{ErrorKind::Failure, "VOLUME specified can not be an empty string"};
            add_sorted(config().volumes, absolute_path(working_dir(), value));
        }
        history(instruction_.text);
    }

    void apply(const UserInstruction& user)
    {
        config().user = expand(user.user);
        history(config().user);
    }

    void apply(const WorkdirInstruction& workdir)
    {
        const std::string path = expand(workdir.path);
        if (path.empty())
            throw Error{ErrorKind::Failure, "the path is empty"};
        config().working_dir = absolute_path(working_dir(), path);
        history(config().working_dir);
        step_.action = WorkdirStep{config().working_dir, config().user};
    }

    void apply(const ShellInstruction& shell)
    {
        config().shell = shell.words;
        history(json_text(shell.words));
    }

    void apply(const StopSignalInstruction& stop)
    {
        const std::string signal = expand(stop.signal);
        (void)text::parse_signal(signal);
        config().stop_signal = signal;
        history(signal);
    }

    void apply(const MaintainerInstruction& maintainer)
    {
        state_.image.author = maintainer.name;
        history(maintainer.name);
    }

    void apply(const HealthCheckInstruction& health)
    {
        config().healthcheck = health.check;
        history(instruction_.text);
    }

    void apply(const OnBuildInstruction& on_build)
    {
        config().on_build.push_back(on_build.text);
        history(on_build.text);
    }

    const Instruction& instruction_;
    StageState& state_;
    GlobalArgs& args_;
    Expansion expansion_;
    Step step_;
};

int parse_port(std::string_view text, std::string_view word)
{
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || port < 0 || port > 65535)
        throw Error{ErrorKind::Failure, cat("invalid containerPort: ", word)};
    return port;
}

} // namespace

void set_env(std::vector<std::string>& env, const std::string& name, const std::string& value)
{
    const std::string prefix = name + "=";
    const auto found = std::find_if(env.begin(), env.end(), [&](const std::string& entry) { return entry.starts_with(prefix); });
    if (found != env.end())
        *found = prefix + value;
    else
        env.push_back(prefix + value);
}

std::string absolute_path(std::string_view working_dir, std::string_view path)
{
    const std::string whole = path.starts_with('/') ? std::string{path} : cat(working_dir, "/", path);
    return "/" + clean_relative_path(whole);
}

std::vector<std::string> exposed_ports(std::string_view word)
{
    const std::size_t slash = word.find('/');
    const std::string protocol = slash == std::string_view::npos ? "tcp" : text::ascii_lower(word.substr(slash + 1));
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
        throw Error{ErrorKind::Failure, cat("invalid proto: ", protocol)};
    // "ip:host:container" means the container's port alone.
    std::string_view ports = word.substr(0, slash);
    if (const std::size_t colon = ports.rfind(':'); colon != std::string_view::npos)
        ports = ports.substr(colon + 1);
    const std::size_t dash = ports.find('-');
    const int first = parse_port(ports.substr(0, dash), word);
    const int last = dash == std::string_view::npos ? first : parse_port(ports.substr(dash + 1), word);
    if (last < first)
        throw Error{ErrorKind::Failure, cat("invalid containerPort: ", word)}.with_hint("a range ends with the larger number");
    std::vector<std::string> found;
    for (int port = first; port <= last; ++port)
        found.push_back(cat(port, "/", protocol));
    return found;
}

std::vector<std::string> shell_of(const oci::ExecutionConfig& config)
{
    return config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
}

Step make_step(const Instruction& instruction, StageState& state, GlobalArgs& args, char escape)
{
    return StepMaker{instruction, state, args, escape}.make();
}

std::vector<Instruction> on_build_instructions(const oci::ExecutionConfig& config, const Place& place)
{
    std::vector<Instruction> instructions;
    for (const std::string& text : config.on_build) {
        SourceText source = read_source_text(text, place.file);
        for (SourceInstruction& instruction : source.instructions) {
            instruction.place = place;
            instructions.push_back(parse_instruction(instruction, source.directives.escape));
        }
    }
    return instructions;
}

} // namespace skiff::build
