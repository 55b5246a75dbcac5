// Commands that are known and not offered: each says why. Those that are not built yet move to a file of their own when
// they are.

#include "cli/commands/tables.hpp"

namespace skiff::cli {
namespace {

constexpr std::string_view no_pods = "pods are not built yet";
constexpr std::string_view no_kube = "Kubernetes files are not built yet";
constexpr std::string_view no_quadlets = "quadlets are not built yet";
constexpr std::string_view no_artifacts = "artifacts are not built yet";
constexpr std::string_view no_farm = "it needs remote build nodes";
constexpr std::string_view no_machine = "containers run on this machine, without a virtual one";
constexpr std::string_view no_remote = "there is no remote mode";
constexpr std::string_view no_checkpoints = "checkpoints need privileges over the whole machine";
constexpr std::string_view no_plugins = "there are no volume plugins";
constexpr std::string_view no_signatures = "signing images is not built yet";

constexpr Command refuse(std::array<std::string_view, 6> paths, std::string_view summary, std::string_view reason)
{
    Command made;
    made.paths = paths;
    made.summary = summary;
    made.refused = reason;
    return made;
}

constexpr Command commands[] = {
    refuse({"artifact add"}, "Add an OCI artifact to the store", no_artifacts),
    refuse({"artifact extract"}, "Extract an OCI artifact", no_artifacts),
    refuse({"artifact inspect"}, "Show all that is known about an OCI artifact", no_artifacts),
    refuse({"artifact ls", "artifact list"}, "List OCI artifacts", no_artifacts),
    refuse({"artifact pull"}, "Fetch an OCI artifact", no_artifacts),
    refuse({"artifact push"}, "Send an OCI artifact", no_artifacts),
    refuse({"artifact rm", "artifact remove"}, "Remove an OCI artifact", no_artifacts),
    refuse({"auto-update"}, "Update containers as their labels say", "it comes with quadlets"),
    refuse({"compose bridge"}, "Turn a project into files for a cluster", "there is one machine here, no cluster"),
    refuse({"compose publish"}, "Publish a project to a registry", "compose files are not kept in registries here"),
    refuse({"container checkpoint"}, "Checkpoint containers", no_checkpoints),
    refuse({"container clone"}, "Copy a container", "copying containers is not built yet"),
    refuse({"container restore"}, "Restore containers from a checkpoint", no_checkpoints),
    refuse({"container runlabel"}, "Run the command in an image's label",
           "it would run commands that an image chooses"),
    refuse({"farm build"}, "Build on remote nodes", no_farm),
    refuse({"farm create"}, "Create a farm", no_farm),
    refuse({"farm list", "farm ls"}, "List farms", no_farm),
    refuse({"farm remove", "farm rm"}, "Remove a farm", no_farm),
    refuse({"farm update"}, "Change a farm", no_farm),
    refuse({"generate spec"}, "Show the specification of a container", "generating is not built yet"),
    refuse({"generate systemd"}, "Make systemd units", "generating is not built yet"),
    refuse({"image sign"}, "Sign an image", no_signatures),
    refuse({"kube apply"}, "Deploy to a Kubernetes cluster", "it needs a cluster"),
    refuse({"kube down"}, "Remove what kube play made", no_kube),
    refuse({"kube generate", "generate kube"}, "Make a Kubernetes file", no_kube),
    refuse({"kube play", "play kube"}, "Run a Kubernetes file", no_kube),
    refuse({"machine cp"}, "Copy files to a virtual machine", no_machine),
    refuse({"machine info"}, "Show the virtual machine host", no_machine),
    refuse({"machine init"}, "Create a virtual machine", no_machine),
    refuse({"machine inspect"}, "Show a virtual machine", no_machine),
    refuse({"machine list", "machine ls"}, "List virtual machines", no_machine),
    refuse({"machine os apply"}, "Change the virtual machine's system", no_machine),
    refuse({"machine os upgrade"}, "Upgrade the virtual machine's system", no_machine),
    refuse({"machine reset"}, "Remove all virtual machines", no_machine),
    refuse({"machine rm"}, "Remove a virtual machine", no_machine),
    refuse({"machine set"}, "Change a virtual machine", no_machine),
    refuse({"machine ssh"}, "Log in to a virtual machine", no_machine),
    refuse({"machine start"}, "Start a virtual machine", no_machine),
    refuse({"machine stop"}, "Stop a virtual machine", no_machine),
    refuse({"pod clone"}, "Copy a pod", no_pods),
    refuse({"pod create"}, "Create a pod", no_pods),
    refuse({"pod logs"}, "Show the output of a pod", no_pods),
    refuse({"quadlet install"}, "Install a quadlet", no_quadlets),
    refuse({"quadlet list", "quadlet ls"}, "List quadlets", no_quadlets),
    refuse({"quadlet print", "quadlet cat"}, "Show a quadlet", no_quadlets),
    refuse({"quadlet rm"}, "Remove a quadlet", no_quadlets),
    refuse({"system connection add"}, "Add a remote destination", no_remote),
    refuse({"system connection default"}, "Choose a remote destination", no_remote),
    refuse({"system connection remove", "system connection rm"}, "Remove a remote destination", no_remote),
    refuse({"system connection rename", "system connection mv"}, "Rename a remote destination", no_remote),
    refuse({"system hyperv-prep"}, "Prepare Hyper-V", "it exists on Windows only"),
    refuse({"system migrate"}, "Migrate containers to a new version", "records are migrated when they are read"),
    refuse({"system renumber"}, "Renumber locks", "locks here have no numbers"),
    refuse({"system service"}, "Run the API service", "the API is not built yet"),
    refuse({"volume reload"}, "Look for volumes of plugins", no_plugins),
};

} // namespace

const std::span<const Command> later_commands{commands};

} // namespace skiff::cli
