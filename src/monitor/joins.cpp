#include "monitor/joins.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

namespace skiff::monitor {
namespace {

/// The kernel's name in /proc/PID/ns for the specification's word.
std::string proc_name(const std::string& type) { return type == "network" ? "net" : type; }

UniqueFd open_namespace_of(const store::Store& store, const std::string& id, const std::string& type)
{
    const store::ContainerRecord record = store.containers().load(id);
    const auto process = record.state ? Pidfd::find(record.state->init) : std::nullopt;
    if (!record.is_running() || !process)
        throw Error{ErrorKind::State, cat("joining the ", type, " namespace of container ", id,
                                          ": it is not running: ", "container state improper")};
    UniqueFd fd = open_at(AT_FDCWD, cat("/proc/", record.state->init.pid, "/ns/", proc_name(type)), O_RDONLY);
    // Only now is it certain that the path meant that process and not a later one of the same number.
    if (process->wait_for_end(0))
        throw Error{ErrorKind::State, cat("joining the ", type, " namespace of container ", id, ": it has just ended")};
    return fd;
}

/// What the container at the end of a chain of container:NAME has.
template <typename ChoiceOf>
NamespaceMode mode_at_end(const store::Store& store, const ContainerConfig& config, const ChoiceOf& choice_of)
{
    NamespaceChoice choice = choice_of(config);
    for (int depth = 0; choice.mode == NamespaceMode::Container && depth < 64; ++depth) {
        const ContainerConfig owner = store.containers().load_config(choice.target);
        choice = choice_of(owner);
    }
    return choice.mode;
}

} // namespace

void follow_to_host(ContainerConfig& config, const store::Store& store)
{
    const auto follow = [&](auto choice_of) {
        if (choice_of(config).mode == NamespaceMode::Container &&
            mode_at_end(store, config, choice_of) == NamespaceMode::Host)
            choice_of(config) = {NamespaceMode::Host, {}};
    };
    follow([](auto& c) -> auto& { return c.network.mode; });
    follow([](auto& c) -> auto& { return c.pid; });
    follow([](auto& c) -> auto& { return c.ipc; });
    follow([](auto& c) -> auto& { return c.uts; });
    follow([](auto& c) -> auto& { return c.cgroup; });
}

Joins open_joins(const ContainerConfig& config, const store::Store& store)
{
    Joins joins;
    const auto add = [&](const std::string& type, UniqueFd fd, std::string path) {
        joins.joins.push_back({type, fd.get()});
        joins.namespaces.push_back({type, std::move(path)});
        joins.fds.push_back(std::move(fd));
    };
    const auto consider = [&](const std::string& type, const NamespaceChoice& choice) {
        if (choice.mode == NamespaceMode::Container)
            add(type, open_namespace_of(store, choice.target, type), "");
        else if (choice.mode == NamespaceMode::Path)
            while_doing(cat("joining the ", type, " namespace"),
                        [&] { add(type, open_at(AT_FDCWD, choice.target, O_RDONLY), choice.target); });
    };
    consider("network", config.network.mode);
    consider("pid", config.pid);
    consider("ipc", config.ipc);
    consider("uts", config.uts);
    consider("cgroup", config.cgroup);
    if (config.userns.mode == UsernsChoice::Mode::Container)
        consider("user", {NamespaceMode::Container, config.userns.target});
    else if (config.userns.mode == UsernsChoice::Mode::Path)
        consider("user", {NamespaceMode::Path, config.userns.target});
    return joins;
}

} // namespace skiff::monitor
