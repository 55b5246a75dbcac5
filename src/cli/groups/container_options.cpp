#include "cli/groups/container_options.hpp"

#include "cli/values.hpp"
#include "cli/values_environment.hpp"
#include "cli/values_limits.hpp"
#include "cli/values_namespace.hpp"
#include "cli/values_network.hpp"
#include "cli/values_secret.hpp"

namespace skiff::cli {
namespace {

constexpr std::string_view no_pods = "pods are not built yet";

void set_annotation(CreateRequest& request, std::string_view text) { add_annotation(request.annotations, text); }
void set_sysctl(CreateRequest& request, std::string_view text) { add_sysctl(request.sysctls, text); }
void set_cgroup_value(CreateRequest& request, std::string_view text) { add_cgroup_value(request.limits.unified, text); }

template <auto Member, auto... Reader>
constexpr Option environment_option(std::string_view name, std::string_view label, std::string_view help)
{
    return option<&ContainerOptions::request, &CreateRequest::environment, Member, Reader...>(name, 0, label, help);
}

constexpr Option container[] = {
    option<&ContainerOptions::environment>("env", 'e', "NAME[=VALUE]",
                                           "Environment variable; NAME and PREFIX* take the caller's")
        .many(),
    option<&ContainerOptions::environment_files>("env-file", 0, "FILE", "File of environment variables, one per line")
        .many()
        .completes(Completes::Files),
    environment_option<&EnvironmentRequest::from_host>("env-host", "", "Pass on all of the caller's variables"),
    environment_option<&EnvironmentRequest::merge, add_environment>("env-merge", "NAME=VALUE",
                                                                    "Variable made from others: PATH=${PATH}:/opt/bin"),
    environment_option<&EnvironmentRequest::http_proxy>("http-proxy", "", "Pass on http_proxy and its family")
        .defaults("true"),
    option<&ContainerOptions::labels>("label", 'l', "KEY=VALUE", "Label of the container").many(),
    option<&ContainerOptions::label_files>("label-file", 0, "FILE", "File of labels, one per line")
        .many()
        .completes(Completes::Files),
    option<&ContainerOptions::ulimits, add_ulimit>("ulimit", 0, "TYPE=SOFT[:HARD]",
                                                   "Limit of a resource per process (nofile=1024:2048), or host")
        .comma_separated(),
    environment_option<&EnvironmentRequest::unset>("unsetenv", "NAME", "Drop a variable of the image or of the engine"),
    environment_option<&EnvironmentRequest::unset_all>("unsetenv-all", "",
                                                       "Drop all variables of the image and of the engine"),
};

constexpr Option process[] = {
    option<&CreateRequest::entrypoint, read_entrypoint>("entrypoint", 0, "COMMAND",
                                                        "Instead of the image's: a program or a JSON array of words"),
    option<&CreateRequest::groups>("group-add", 0, "GROUP",
                                   "Further group of the process; keep-groups keeps the caller's")
        .comma_separated(),
    option<&CreateRequest::init>("init", 0, "", "Run a reaper as process 1"),
    refused("init-path", 0, "PATH", "the reaper is part of skiff"),
    option<&CreateRequest::open_stdin>("interactive", 'i', "", "Keep standard input open"),
    option<&CreateRequest::oom_score_adj>("oom-score-adj", 0, "NUMBER",
                                          "Preference of the kernel when memory runs out (-1000 to 1000)")
        .defaults("0"),
    refused("oom-kill-disable", 0, "", "it exists in cgroup v1 only"),
    refused("personality", 0, "NAME", "execution domains are not supported"),
    option<&CreateRequest::stop_signal, read_stop_signal>("stop-signal", 0, "SIGNAL",
                                                     "What stop sends (default: the image's, or TERM)")
        .completes(Completes::Signals),
    option<&CreateRequest::stop_timeout_s>("stop-timeout", 0, "SECONDS", "What stop waits before it kills")
        .defaults("10"),
    option<&CreateRequest::timeout_s>("timeout", 0, "SECONDS", "Kill the container after so long").defaults("0"),
    option<&CreateRequest::tty>("tty", 't', "", "Give the process a terminal"),
    option<&CreateRequest::umask, read_umask>("umask", 0, "MASK", "File mode creation mask").defaults("0022"),
    option<&CreateRequest::user>("user", 'u', "USER[:GROUP]", "Name or number of the user").completes(Completes::Users),
    option<&CreateRequest::working_dir>("workdir", 'w', "DIR", "Working directory in the container"),
};

constexpr Option lifetime[] = {
    option<&set_annotation>("annotation", 0, "KEY=VALUE", "Annotation of the container").many(),
    option<&CreateRequest::cid_file>("cidfile", 0, "FILE", "Write the id to this file").completes(Completes::Files),
    option<&CreateRequest::monitor_pid_file>("conmon-pidfile", 0, "FILE", "Write the monitor's process id to this file")
        .completes(Completes::Files),
    option<&CreateRequest::name>("name", 0, "NAME", "Name of the container"),
    option<&CreateRequest::pid_file>("pidfile", 0, "FILE", "Write the process id to this file")
        .completes(Completes::Files),
    refused("pod", 0, "NAME", no_pods),
    refused("pod-id-file", 0, "FILE", no_pods),
    option<&CreateRequest::pull, read_pull_policy>("pull", 0, "POLICY",
                                                   "When to fetch the image: always, missing, never, newer")
        .defaults("missing")
        .suggests("always, missing, never, newer"),
    option<&CreateRequest::replace>("replace", 0, "", "Remove a container of that name first"),
    option<&CreateRequest::requires_>("requires", 0, "CONTAINER", "Container that must run first")
        .comma_separated()
        .completes(Completes::Containers),
    option<&CreateRequest::auto_remove>("rm", 0, "", "Remove the container when it ends"),
    option<&CreateRequest::auto_remove_image>("rmi", 0, "", "Remove the image, too, unless something else uses it"),
    option<&CreateRequest::rootfs>("rootfs", 0, "", "The operand is a directory, not an image"),
    option<&CreateRequest::secrets, read_secret>("secret", 0, "SECRET[,OPTION...]",
                                                 "Give a secret as a file, or with type=env as a variable")
        .many()
        .completes(Completes::Secrets),
    option<&CreateRequest::sdnotify>("sdnotify", 0, "MODE", "Who tells systemd that the service is up")
        .defaults("container")
        .one_of("container, conmon, healthy, ignore"),
};

constexpr Option world[] = {
    option<&set_cgroup_value>("cgroup-conf", 0, "FILE=VALUE", "Write a value to a file of the cgroup")
        .comma_separated(),
    option<&CreateRequest::cgroup_parent>("cgroup-parent", 0, "PATH", "Make the cgroup below this one"),
    option<&CreateRequest::cgroup, read_namespace>("cgroupns", 0, "MODE",
                                                   "Cgroup namespace: private, host, container:NAME, ns:PATH"),
    option<&CreateRequest::cgroups>("cgroups", 0, "HOW", "Whether there is a cgroup")
        .defaults("enabled")
        .suggests("enabled, disabled, no-conmon, split"),
    option<&add_device>("device", 0, "HOST[:CONTAINER][:rwm]", "Make a device of the host visible, or one by its CDI name")
        .many()
        .completes(Completes::Files),
    refused("device-cgroup-rule", 0, "RULE", "the device controller is not available to users").many(),
    option<&add_gpu>("gpus", 0, "LIST", "Give graphics cards by CDI: all, or numbers").comma_separated(),
    refused("rdt-class", 0, "CLASS", "resctrl needs root"),
    refused("chrootdirs", 0, "DIR", "hosts and resolv.conf appear in the root directory only").many(),
    option<&CreateRequest::group_entry>("group-entry", 0, "LINE", "Line of /etc/group for the user's group"),
    option<&CreateRequest::hostname, read_host_name>("hostname", 'h', "NAME", "Host name of the container"),
    option<&CreateRequest::host_users>("hostuser", 0, "NAME", "Add a user of the host to /etc/passwd")
        .comma_separated()
        .completes(Completes::Users),
    option<&CreateRequest::ipc, read_ipc_namespace>(
        "ipc", 0, "MODE", "IPC namespace: shareable, private, host, none, container:NAME, ns:PATH"),
    option<&CreateRequest::no_hostname>("no-hostname", 0, "", "Keep the image's /etc/hostname"),
    option<&CreateRequest::manage_passwd>("passwd", 0, "", "Add the user to /etc/passwd and /etc/group")
        .defaults("true"),
    option<&CreateRequest::passwd_entry>("passwd-entry", 0, "LINE", "Line of /etc/passwd for the user"),
    option<&CreateRequest::pid, read_namespace>("pid", 0, "MODE",
                                                "PID namespace: private, host, container:NAME, ns:PATH"),
    option<&set_sysctl>("sysctl", 0, "NAME=VALUE", "Kernel parameter of a namespace").comma_separated(),
    option<&CreateRequest::systemd>("systemd", 0, "WHEN", "Prepare for systemd as process 1")
        .defaults("true")
        .suggests("true, false, always"),
    option<&CreateRequest::timezone>("tz", 0, "ZONE", "Time zone: a name, or local"),
    option<&CreateRequest::uts, read_namespace>("uts", 0, "MODE",
                                                "UTS namespace (host name): private, host, container:NAME, ns:PATH"),
};

constexpr Option docker[] = {
    refused("cpu-count", 0, "COUNT", "it exists on Windows only").unlisted(),
    refused("cpu-percent", 0, "PERCENT", "it exists on Windows only").unlisted(),
    refused("domainname", 0, "NAME", "the NIS domain name is not set").unlisted(),
    refused("io-maxbandwidth", 0, "SIZE", "it exists on Windows only").unlisted(),
    refused("io-maxiops", 0, "COUNT", "it exists on Windows only").unlisted(),
    refused("isolation", 0, "KIND", "it exists on Windows only").unlisted(),
    accepted("kernel-memory", 0, "SIZE", "kernels no longer have this limit").unlisted(),
    refused("link", 0, "CONTAINER[:ALIAS]", "links are history: use a network by name").unlisted(),
    accepted("runtime", 0, "NAME", "skiff runs containers itself").unlisted(),
    refused("storage-opt", 0, "NAME=VALUE", "container sizes are not limited").unlisted(),
    refused("use-api-socket", 0, "", "there is no API socket").unlisted(),
    refused("volume-driver", 0, "NAME", "there are no volume plugins").unlisted(),
};

} // namespace

const OptionGroup container_options{"", container};
const OptionGroup docker_options{"", docker};
const OptionGroup process_options{"Process", process};
const OptionGroup lifetime_options{"", lifetime};
const OptionGroup world_options{"Namespace and file", world};

} // namespace skiff::cli
