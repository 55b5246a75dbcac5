// The options of `build`, in three groups: of the build, of its RUNs, of the images that it begins from.

#include "cli/commands/build.hpp"
#include "cli/values.hpp"
#include "cli/values_environment.hpp"
#include "cli/values_mount.hpp"
#include "cli/values_namespace.hpp"
#include "cli/values_network.hpp"
#include "cli/values_security.hpp"
#include "text/duration.hpp"

namespace skiff::cli {
namespace {

template <auto Member>
constexpr Option run_option(std::string_view name, char letter, std::string_view label, std::string_view help)
{
    return option<&BuildArgs::run, Member>(name, letter, label, help);
}
template <auto Member, auto Reader>
constexpr Option read_run_option(std::string_view name, char letter, std::string_view label, std::string_view help)
{
    return option<&BuildArgs::run, Member, Reader>(name, letter, label, help);
}

void add_one_network(NetworkRequest& request, std::string_view text) { add_network(request, text); }
void add_option(SecurityRequest& request, std::string_view text) { add_security_option(request, text); }
engine::BuildExport read_output(std::string_view text) { return engine::parse_build_export(std::string{text}); }
std::chrono::nanoseconds read_ttl(std::string_view text) { return text::parse_duration(text); }

constexpr std::string_view no_scan = "bills of materials are not built yet";
constexpr std::string_view own_runtime = "skiff runs containers itself";
constexpr std::string_view name_them = "name the platforms with --platform";
constexpr std::string_view shared_ids = "a build uses the ids of all other containers, so that its layers fit them";

constexpr Option own_options[] = {
    refused("all-platforms", 0, "", name_them),
    option<&BuildArgs::annotations>("annotation", 0, "KEY=VALUE", "Annotation of the image (in OCI format)").many(),
    option<&BuildArgs::build_args>("build-arg", 0, "NAME[=VALUE]", "Value of an ARG; NAME alone takes the caller's").many(),
    option<&BuildArgs::build_arg_files>("build-arg-file", 0, "FILE", "File of values for ARGs, one per line").many().completes(Completes::Files),
    option<&BuildArgs::build_contexts>("build-context", 0, "NAME=PLACE", "Further place for COPY --from and FROM: a directory, address or docker-image://REF").many(),
    accepted("allow", 0, "ENTITLEMENT", "RUN --network=host and --security=insecure need no permission: they give no more rights than you have").many().unlisted(),
    refused("attest", 0, "TYPE", "no attestations are made").many().unlisted(),
    accepted("builder", 0, "NAME", "there is one builder").unlisted(),
    option<&BuildArgs::call>("call", 0, "METHOD", "Instead of building: check (as --check), targets (list the stages), outline (arguments and secrets)")
        .defaults("build")
        .one_of("build, check, lint, targets, outline"),
    option<&BuildArgs::cache_from>("cache-from", 0, "PLACE", "Look for steps in this repository or directory, too").many(),
    option<&BuildArgs::cache_to>("cache-to", 0, "PLACE", "Put the steps into this repository or directory, too").many(),
    option<&BuildArgs::cache_ttl, read_ttl>("cache-ttl", 0, "DURATION", "Use nothing from the cache that is older"),
    option<&BuildArgs::check>("check", 0, "", "Look for mistakes and bad habits, and build nothing"),
    accepted("compress", 0, "", "layers are compressed when they are pushed"),
    refused("cpp-flag", 0, "FLAGS", "Containerfiles are not preprocessed").many(),
    option<&BuildArgs::created_annotation>("created-annotation", 0, "", "Note the time as an annotation").defaults("true"),
    refused("cw", 0, "OPTIONS", "confidential workloads are not supported"),
    accepted("disable-compression", 'D', "", "layers of the store are not compressed"),
    option<&BuildArgs::env, add_environment>("env", 0, "NAME[=VALUE]", "Environment variable of the image").many(),
    option<&BuildArgs::files>("file", 'f', "FILE", "The Containerfile; several are one after the other; - is standard input")
        .comma_separated()
        .completes(Completes::Files),
    accepted("force-rm", 0, "", "containers of a build always go"),
    option<&BuildArgs::format>("format", 0, "FORMAT", "oci or docker; health checks and SHELL are kept in both").defaults("oci").suggests("oci, docker"),
    option<&BuildArgs::from>("from", 0, "IMAGE", "Begin the first stage from this image").completes(Completes::Images),
    refused("hooks-dir", 0, "DIR", "the global option --hooks-dir has the same effect").many(),
    option<&BuildArgs::http_proxy>("http-proxy", 0, "", "RUN sees http_proxy and its family").defaults("true"),
    accepted("identity-label", 0, "", "no label tells who built an image"),
    option<&BuildArgs::ignore_file>("ignorefile", 0, "FILE", "Use these rules instead of .containerignore or .dockerignore").completes(Completes::Files),
    option<&BuildArgs::id_file>("iidfile", 0, "FILE", "Write the image's id to a file").completes(Completes::Files),
    option<&BuildArgs::raw_id_file>("iidfile-raw", 0, "FILE", "The same without sha256: in front").completes(Completes::Files),
    option<&BuildArgs::inherit_annotations>("inherit-annotations", 0, "", "Keep the base image's annotations").defaults("true"),
    option<&BuildArgs::inherit_labels>("inherit-labels", 0, "", "Keep the base image's labels").defaults("true"),
    accepted("isolation", 0, "KIND", "RUN always works as `run` does"),
    option<&BuildArgs::jobs>("jobs", 0, "COUNT", "So many stages at the same time (default: the number of cores)").like(ValueKind::Int),
    option<&BuildArgs::labels>("label", 0, "KEY=VALUE", "Label of the image").many(),
    refused("layer-label", 0, "KEY=VALUE", "layers between are no images").many(),
    option<&BuildArgs::layers>("layers", 0, "", "Keep and use what each step makes; false: one layer, nothing from the cache").defaults("true"),
    accepted("load", 0, "", "the image always comes into the store").unlisted(),
    option<&BuildArgs::log_file>("logfile", 0, "FILE", "Write the log to a file").completes(Completes::Files),
    refused("logsplit", 0, "", "one build is for one platform, and has one log"),
    option<&BuildArgs::manifest>("manifest", 0, "NAME", "Add the image to this list").completes(Completes::Images),
    option<&BuildArgs::metadata_file>("metadata-file", 0, "FILE", "Write digests and names as JSON").completes(Completes::Files),
    option<&BuildArgs::no_cache>("no-cache", 0, "", "Make every step anew"),
    option<&BuildArgs::fresh_stages>("no-cache-filter", 0, "STAGE", "Make every step of these stages anew").comma_separated(),
    option<&BuildArgs::omit_history>("omit-history", 0, "", "The image does not tell how it was made"),
    refused("os-feature", 0, "FEATURE", "it exists on Windows only").many(),
    refused("os-version", 0, "VERSION", "it exists on Windows only"),
    option<&BuildArgs::outputs, read_output>("output", 'o', "DIR|-|type=local|tar,dest=PATH", "Write the files of the result, too, to a directory or a tar").many(),
    option<&BuildArgs::platforms>("platform", 0, "OS/ARCH", "Build for this platform; several become a list under the names").comma_separated(),
    option<&BuildArgs::progress>("progress", 0, "HOW", "plain: line by line; tty: stages at a glance; auto").defaults("auto").one_of("auto, plain, tty"),
    option<&BuildArgs::push>("push", 0, "", "Push the image under its names afterwards"),
    accepted("provenance", 0, "MODE", "no provenance is recorded").unlisted(),
    [] {
        Option pull = option<&BuildArgs::pull, read_pull_policy>("pull", 0, "POLICY", "When to fetch base images: always, missing, never, newer")
                          .defaults("missing")
                          .suggests("always, missing, never, newer");
        pull.implied = "missing";
        return pull;
    }(),
    option<&BuildArgs::pull_always>("pull-always", 0, "", "As --pull=always").unlisted(),
    option<&BuildArgs::pull_never>("pull-never", 0, "", "As --pull=never").unlisted(),
    option<&BuildArgs::quiet>("quiet", 'q', "", "Print nothing but the image's id"),
    accepted("rewrite-timestamp", 0, "", "files of new layers are never younger than --source-date-epoch says"),
    accepted("rm", 0, "", "containers of a build always go"),
    accepted("runtime", 0, "PATH", own_runtime),
    accepted("runtime-flag", 0, "FLAG", own_runtime),
    refused("save-stages", 0, "", "stages that are no target are no images; --target builds one"),
    refused("sbom", 0, "PRESET", no_scan),
    refused("sbom-image-output", 0, "PATH", no_scan),
    refused("sbom-image-purl-output", 0, "PATH", no_scan),
    refused("sbom-merge-strategy", 0, "METHOD", no_scan),
    refused("sbom-output", 0, "FILE", no_scan),
    refused("sbom-purl-output", 0, "FILE", no_scan),
    refused("sbom-scanner-command", 0, "COMMAND", no_scan).many(),
    refused("sbom-scanner-image", 0, "IMAGE", no_scan).many(),
    option<&BuildArgs::secrets>("secret", 0, "id=ID[,src=FILE|,env=NAME]", "What RUN --mount=type=secret shows, and no layer keeps").many(),
    refused("sign-by", 0, "FINGERPRINT", "signing images is not built yet"),
    option<&BuildArgs::skip_unused_stages>("skip-unused-stages", 0, "", "Leave out stages that the target does not need").defaults("true"),
    option<&BuildArgs::source_date_epoch>("source-date-epoch", 0, "SECONDS", "Time of the image, and the latest time of its new files"),
    refused("source-policy-file", 0, "FILE", "source policies are not built yet"),
    option<&BuildArgs::squash>("squash", 0, "", "One layer on the base image's"),
    option<&BuildArgs::squash_all>("squash-all", 0, "", "One layer, the base image's with it"),
    option<&BuildArgs::ssh>("ssh", 0, "default|ID=SOCKET", "Agent for RUN --mount=type=ssh").many(),
    refused("stage-labels", 0, "", "labels are of the image, not of its stages"),
    option<&BuildArgs::stdin>("stdin", 0, "", "RUN reads our standard input"),
    option<&BuildArgs::tags>("tag", 't', "NAME", "Name of the image").many().completes(Completes::Images),
    option<&BuildArgs::target>("target", 0, "STAGE", "Build this stage instead of the last"),
    option<&BuildArgs::timestamp>("timestamp", 0, "SECONDS", "Time of the image and of all its new files, in seconds since 1970 (default: none is set)"),
    option<&BuildArgs::unset_annotations>("unsetannotation", 0, "KEY", "Drop an annotation of the base image").comma_separated(),
    option<&BuildArgs::unset_env>("unsetenv", 0, "NAME", "Drop an environment variable from the image").comma_separated(),
    option<&BuildArgs::unset_labels>("unsetlabel", 0, "KEY", "Drop a label of the base image").comma_separated(),
    option<&BuildArgs::why>("why", 0, "", "Say for each step that is made anew what has changed"),
};

constexpr Option run_options[] = {
    option<&BuildArgs::run, &CreateRequest::network, &NetworkRequest::add_hosts, read_added_host>("add-host", 0, "HOST[;HOST]:IP", "Further line of /etc/hosts")
        .comma_separated(),
    option<&BuildArgs::run, &CreateRequest::security, &SecurityRequest::cap_add, read_capability>("cap-add", 0, "CAPABILITY", "Further capability")
        .comma_separated()
        .completes(Completes::Capabilities),
    option<&BuildArgs::run, &CreateRequest::security, &SecurityRequest::cap_drop, read_capability>("cap-drop", 0, "CAPABILITY", "Capability to do without")
        .comma_separated()
        .completes(Completes::Capabilities),
    run_option<&CreateRequest::cgroup_parent>("cgroup-parent", 0, "PATH", "Make the cgroup below this one"),
    read_run_option<&CreateRequest::cgroup, read_namespace>("cgroupns", 0, "MODE", "Cgroup namespace: private, host"),
    option<&BuildArgs::compat_volumes>("compat-volumes", 0, "", "Forget what RUN writes below a VOLUME"),
    option<&BuildArgs::run, add_device>("device", 0, "HOST[:CONTAINER][:rwm]", "Make a device of the host visible, or one by its CDI name")
        .many()
        .completes(Completes::Files),
    option<&BuildArgs::run, &CreateRequest::network, &NetworkRequest::dns, add_dns_server>("dns", 0, "ADDRESS", "Name server").comma_separated(),
    option<&BuildArgs::run, &CreateRequest::network, &NetworkRequest::dns_options>("dns-option", 0, "OPTION", "Option of resolv.conf").comma_separated().also("dns-opt"),
    option<&BuildArgs::run, &CreateRequest::network, &NetworkRequest::dns_search, add_dns_search>("dns-search", 0, "DOMAIN", "Search domain").comma_separated(),
    run_option<&CreateRequest::groups>("group-add", 0, "GROUP", "Further group of the process").comma_separated(),
    read_run_option<&CreateRequest::ipc, read_ipc_namespace>("ipc", 0, "MODE", "IPC namespace: private, host"),
    read_run_option<&CreateRequest::mounts, add_mount>("mount", 0, "type=TYPE,...", "Mount for every RUN").many(),
    option<&BuildArgs::run, &CreateRequest::network, &add_one_network>("network", 0, "MODE", "private, none, host").many().also("net").completes(Completes::Networks),
    run_option<&CreateRequest::no_hostname>("no-hostname", 0, "", "Keep the image's /etc/hostname"),
    option<&BuildArgs::run, &CreateRequest::network, &NetworkRequest::no_hosts>("no-hosts", 0, "", "Keep the image's /etc/hosts"),
    read_run_option<&CreateRequest::pid, read_namespace>("pid", 0, "MODE", "PID namespace: private, host"),
    option<&BuildArgs::run, &CreateRequest::security, &add_option>("security-opt", 0, "OPTION", "no-new-privileges, seccomp=FILE, mask=PATHS ...").many(),
    read_run_option<&CreateRequest::shm_size_bytes, read_shm_size>("shm-size", 0, "SIZE", "Size of /dev/shm").defaults("65536k"),
    option<&BuildArgs::ulimits, add_ulimit>("ulimit", 0, "TYPE=SOFT[:HARD]", "Limit of a resource per process").comma_separated(),
    refused("userns", 0, "MODE", shared_ids),
    refused("userns-gid-map", 0, "MAP", shared_ids).many(),
    refused("userns-gid-map-group", 0, "GROUP", shared_ids),
    refused("userns-uid-map", 0, "MAP", shared_ids).many(),
    refused("userns-uid-map-user", 0, "USER", shared_ids),
    read_run_option<&CreateRequest::uts, read_namespace>("uts", 0, "MODE", "UTS namespace: private, host"),
    read_run_option<&CreateRequest::mounts, read_volume>("volume", 'v', "[SOURCE:]DIR[:OPTIONS]", "Mount for every RUN").many().completes(Completes::Volumes),
};

constexpr Option base_options[] = {
    option<&PullOptions::architecture>("arch", 0, "ARCH", "Build for this architecture (default: this machine's)"),
    option<&PullOptions::os>("os", 0, "OS", "Build for this operating system (default: this machine's)"),
    option<&PullOptions::variant>("variant", 0, "VARIANT", "Build for this variant of the architecture"),
};

} // namespace

const OptionGroup build_options{"", own_options};
const OptionGroup build_run_options{"RUN", run_options};
const OptionGroup build_base_options{"Base image", base_options};

} // namespace skiff::cli
