#include "runtime/hooks.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex.h>

namespace skiff::runtime {
namespace {

/// A pattern of the container's images and users meets one of the administrator's: POSIX extended, which is what hook
/// files use of Go's syntax. A pattern that does not compile is an Error of the file.
bool matches(const std::string& pattern, const std::string& text)
{
    regex_t compiled;
    if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
        throw Error{ErrorKind::Failure, cat("invalid pattern ", skiff::quoted(pattern))};
    const std::unique_ptr<regex_t, void (*)(regex_t*)> owner{&compiled, ::regfree};
    return ::regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
}

struct HookFile
{
    oci::SpecHook hook;
    std::vector<std::string> stages;
    bool applies = false;
};

/// Every condition that is there must hold; a file without any never applies. Source: oci-hooks(5).
bool conditions_hold(const text::JsonFields& when, const HookFacts& facts)
{
    bool any = false;
    bool all = true;
    const auto require = [&](bool holds) {
        any = true;
        all = all && holds;
    };
    if (const auto always = when.find_flag("always"))
        require(*always);
    if (const auto binds = when.find_flag("hasBindMounts"))
        require(*binds == facts.has_bind_mounts);
    if (when.has("commands") && !facts.command.empty()) {
        const auto commands = when.texts("commands");
        require(std::any_of(commands.begin(), commands.end(),
                            [&](const std::string& pattern) { return matches(pattern, facts.command[0]); }));
    }
    for (const auto& [key, value] : when.text_map("annotations"))
        require(std::any_of(facts.annotations.begin(), facts.annotations.end(),
                            [&, &key = key, &value = value](const auto& entry) {
                                return matches(key, entry.first) && matches(value, entry.second);
                            }));
    return any && all;
}

HookFile parse_hook_file(const std::string& content, const HookFacts& facts)
{
    const nlohmann::json json = text::parse_strict_json(content);
    const text::JsonFields fields{json};
    if (fields.text_or("version", "1.0.0") != "1.0.0")
        throw fields.complain("version", "is not 1.0.0");
    const text::JsonFields hook = fields.object("hook");
    HookFile file;
    file.hook.path = hook.text("path");
    file.hook.args = hook.texts("args");
    file.hook.env = hook.texts("env");
    if (const auto timeout = hook.find_integer("timeout"))
        file.hook.timeout_s = static_cast<int>(*timeout);
    if (!file.hook.path.starts_with('/'))
        throw hook.complain("path", "must be absolute");
    file.stages = fields.texts("stages");
    file.applies = conditions_hold(fields.object("when"), facts);
    return file;
}

constexpr std::pair<const char*, std::vector<oci::SpecHook> oci::SpecHooks::*> stages[] = {
    {"prestart", &oci::SpecHooks::prestart},
    {"createRuntime", &oci::SpecHooks::create_runtime},
    {"createContainer", &oci::SpecHooks::create_container},
    {"startContainer", &oci::SpecHooks::start_container},
    {"poststart", &oci::SpecHooks::poststart},
    {"poststop", &oci::SpecHooks::poststop},
};

} // namespace

void add_hook(oci::SpecHooks& hooks, const std::string& stage, oci::SpecHook hook)
{
    for (const auto& [name, list] : stages)
        if (stage == name) {
            (hooks.*list).push_back(std::move(hook));
            return;
        }
    throw Error{ErrorKind::Failure, cat("unknown hook stage ", skiff::quoted(stage))};
}

void add_hooks(oci::SpecHooks& hooks, const oci::SpecHooks& more)
{
    for (const auto& [name, list] : stages)
        (hooks.*list).insert((hooks.*list).end(), (more.*list).begin(), (more.*list).end());
}

std::string make_state_document(const HookState& state)
{
    nlohmann::ordered_json json{{"ociVersion", "1.1.0"}, {"id", state.id}, {"status", state.status}};
    if (state.pid != 0)
        json["pid"] = state.pid;
    json["bundle"] = state.bundle;
    if (!state.annotations.empty())
        json["annotations"] = state.annotations;
    return json.dump();
}

void run_hooks(const std::vector<oci::SpecHook>& hooks, const HookState& state, const std::string& stage)
{
    if (hooks.empty())
        return;
    const std::string document = make_state_document(state);
    for (const oci::SpecHook& hook : hooks)
        while_doing(cat(stage, " hook ", skiff::quoted(hook.path)), [&] {
            SpawnRequest request;
            // By path, not by descriptor: the interpreter of a script could not open a descriptor that closes on exec. args[0],
            // a name for show, gives way to it.
            request.argv = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
            request.argv[0] = hook.path;
            request.environment = hook.env;
            request.directory = state.bundle.empty() ? "/" : state.bundle;
            const RunResult result = run_process(std::move(request), document, 4096);
            if (result.status.code != 0)
                throw Error{ErrorKind::NotExecutable,
                            cat("exit status ", result.status.code, result.error_output.empty() ? "" : ": ",
                                printable(result.error_output))};
        });
}

oci::SpecHooks load_hooks(const std::vector<std::string>& directories, const HookFacts& facts)
{
    std::map<std::string, std::string> files; // name -> content: a later directory wins, and names decide the order
    for (const std::string& directory : directories) {
        const auto opened = find_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
        if (!opened)
            continue;
        for (const DirectoryEntry& entry : list_directory(opened->get()))
            if (entry.name.ends_with(".json"))
                files[entry.name] = read_file(opened->get(), entry.name, 1U << 20U);
    }
    oci::SpecHooks hooks;
    for (const auto& [name, content] : files)
        while_doing(cat("hook file ", skiff::quoted(name)), [&, &content = content] {
            const HookFile file = parse_hook_file(content, facts);
            if (file.applies)
                for (const std::string& stage : file.stages)
                    add_hook(hooks, stage, file.hook);
        });
    return hooks;
}

} // namespace skiff::runtime
