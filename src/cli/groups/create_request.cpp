// From the options of run and create to one request: what only means something together.

#include "cli/groups/container_options.hpp"

#include "base/log.hpp"
#include "cli/groups/limit_options.hpp"
#include "cli/groups/network_options.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/groups/security_options.hpp"
#include "cli/values.hpp"
#include "cli/values_environment.hpp"
#include "cli/values_health.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace skiff::cli {
namespace {

void set_image(CreateRequest& request, std::vector<std::string> words)
{
    request.image = words.front();
    request.command.assign(std::make_move_iterator(words.begin() + 1), std::make_move_iterator(words.end()));
    if (!request.rootfs)
        return;
    const Cut cut = cut_at(request.image, ':');
    request.image = absolute_path(cut.head);
    request.rootfs_overlay = cut.tail == "O";
    if (cut.tail && cut.tail->starts_with("idmap"))
        request.rootfs_idmap = *cut.tail;
    else if (cut.tail && *cut.tail != "O")
        throw usage_error(cat("invalid rootfs option ", text::go_quoted(*cut.tail)));
}

void set_variables(CreateRequest& request, const ContainerOptions& options)
{
    request.environment.set = make_environment(options.environment_files, options.environment);
    request.labels = make_labels(options.label_files, options.labels);
    constexpr const char* unit_variable = "PODMAN_SYSTEMD_UNIT"; // tools that update containers look for this label
    if (const char* unit = std::getenv(unit_variable); unit != nullptr)
        request.labels[unit_variable] = unit;
}

/// The same mount given twice is one; two different ones on one place are for the engine to refuse.
void drop_repeated_mounts(std::vector<MountRequest>& mounts)
{
    std::vector<MountRequest> kept;
    for (MountRequest& mount : mounts)
        if (std::none_of(kept.begin(), kept.end(),
                         [&](const MountRequest& other) { return other.config == mount.config; }))
            kept.push_back(std::move(mount));
    mounts = std::move(kept);
}

void check_groups(const std::vector<std::string>& groups)
{
    if (groups.size() > 1 && std::find(groups.begin(), groups.end(), "keep-groups") != groups.end())
        throw usage_error("the '--group-add keep-groups' option is not allowed with any other --group-add options");
}

void check_words(const CreateRequest& request)
{
    const auto refuse_unless = [](const std::optional<std::string>& value, std::string_view what,
                                  std::initializer_list<std::string_view> known) {
        if (!value || std::find(known.begin(), known.end(), *value) != known.end())
            return;
        std::string list;
        for (const std::string_view word : known)
            list += cat(list.empty() ? "" : ", ", word);
        throw usage_error(cat("invalid ", what, " ", text::go_quoted(*value), " required value: ", list));
    };
    refuse_unless(request.image_volumes, "image volume mode", {"anonymous", "bind", "ignore", "tmpfs", "nil"});
    refuse_unless(request.cgroups, "cgroups mode", {"disabled", "enabled", "no-conmon", "split"});
    refuse_unless(request.systemd, "systemd value", {"true", "false", "always"});
}

void check_lifetime(const Invocation& invocation, const CreateRequest& request)
{
    const RestartWhen when = request.restart.when.value_or(RestartWhen::No);
    if (request.auto_remove && when != RestartWhen::No && when != RestartWhen::OnFailure)
        throw usage_error("the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\"");
    if (request.replace && request.name.empty())
        throw usage_error("cannot replace container without --name being set");
    if (request.auto_remove_image && invocation.has("rm") && !request.auto_remove)
        throw usage_error("the --rmi option does not work without --rm");
    if (request.no_hostname && request.hostname)
        throw usage_error("--no-hostname and --hostname cannot be set together");
}

void check_terminal(const CreateRequest& request)
{
    if (request.log.driver == "passthrough" &&
        (::isatty(STDIN_FILENO) != 0 || ::isatty(STDOUT_FILENO) != 0 || ::isatty(STDERR_FILENO) != 0))
        throw usage_error("the '--log-driver passthrough' option cannot be used on a TTY");
    if (request.log.driver == "passthrough" && request.tty)
        throw usage_error("the '--log-driver passthrough' option does not work with --tty");
}

} // namespace

CreateRequest make_create_request(const Invocation& invocation, ContainerOptions options,
                                  std::vector<std::string> words)
{
    CreateRequest request = std::move(options.request);
    check_platform(invocation);
    set_image(request, std::move(words));
    set_variables(request, options);
    request.rlimits = std::move(options.ulimits.limits);
    request.host_rlimits = options.ulimits.host;
    finish_userns(request.userns);
    finish_limits(invocation, request.limits);
    check_network(invocation, request.network);
    check_health(request.health);
    check_groups(request.groups);
    check_words(request);
    check_lifetime(invocation, request);
    check_terminal(request);
    drop_repeated_mounts(request.mounts);
    if (request.image_volumes == "bind")
        request.image_volumes = "anonymous";
    if (request.systemd)
        std::transform(request.systemd->begin(), request.systemd->end(), request.systemd->begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    request.auto_remove = request.auto_remove || request.auto_remove_image;
    request.create_command = invocation.words;
    return request;
}

} // namespace skiff::cli
