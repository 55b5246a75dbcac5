#include "cli/groups/security_options.hpp"

#include "cli/values.hpp"
#include "cli/values_namespace.hpp"
#include "cli/values_security.hpp"

#include <cstdlib>

namespace skiff::cli {
namespace {

void add_option(SecurityRequest& request, std::string_view text) { add_security_option(request, text); }
/// Source: hpc.md §2.
bool read_root_emulation(std::string_view text)
{
    if (text == "errno" || text == "off")
        return text == "errno";
    if (text == "record" || text == "full")
        throw usage_error(cat("--root-emulation=", text, " is not built yet; errno is"));
    throw usage_error(cat("invalid --root-emulation ", quoted(text), ": it is off or errno"));
}
void add_log(LogRequest& request, std::string_view text) { add_log_option(request, text); }

constexpr Option security[] = {
    option<&SecurityRequest::cap_add, read_capability>("cap-add", 0, "CAPABILITY",
                                                       "Further capability of the container")
        .comma_separated()
        .completes(Completes::Capabilities),
    option<&SecurityRequest::cap_drop, read_capability>("cap-drop", 0, "CAPABILITY",
                                                        "Capability that the container does without")
        .comma_separated()
        .completes(Completes::Capabilities),
    option<&SecurityRequest::privileged>("privileged", 0, "",
                                         "All capabilities and devices of the user, nothing masked")
        .defaults("false"),
    option<&SecurityRequest::pretend_ids, read_root_emulation>(
        "root-emulation", 0, "off|errno", "With a single id: let changes of owner and identity succeed without effect")
        .defaults("off")
        .suggests("off, errno"),
    refused("seccomp-policy", 0, "POLICY",
            "profiles that come with images are not trusted; use --security-opt seccomp=FILE"),
    option<&add_option>(
        "security-opt", 0, "OPTION",
        "no-new-privileges, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=disable ...")
        .many(),
};

constexpr Option userns[] = {
    option<&UsernsRequest::gid_maps, read_id_map>("gidmap", 0, "CONTAINER:FROM[:COUNT]", "Map of group ids")
        .comma_separated(),
    option<&UsernsRequest::subgid_name>("subgidname", 0, "NAME", "Take the ids of this entry of /etc/subgid"),
    option<&UsernsRequest::subuid_name>("subuidname", 0, "NAME", "Take the ids of this entry of /etc/subuid"),
    option<&UsernsRequest::uid_maps, read_id_map>("uidmap", 0, "CONTAINER:FROM[:COUNT]", "Map of user ids")
        .comma_separated(),
    option<&UsernsRequest::choice, read_userns>("userns", 0, "MODE",
                                                "User namespace: host, keep-id[:uid=N,gid=N], auto, nomap, private ...")
        .suggests("host, keep-id, auto, nomap, private"),
};

constexpr Option log[] = {
    option<&LogRequest::driver, read_log_driver>("log-driver", 0, "DRIVER", "Where output is kept")
        .defaults("k8s-file")
        .suggests("k8s-file, json-file, none, passthrough"),
    option<&add_log>("log-opt", 0, "NAME=VALUE", "Option of the log driver: path, max-size, tag, label").many(),
};

} // namespace

const OptionGroup security_options{"Security", security};
const OptionGroup userns_options{"User namespace", userns};
const OptionGroup log_options{"Log", log};

void finish_userns(UsernsRequest& request)
{
    const bool maps = !request.uid_maps.empty() || !request.gid_maps.empty() || !request.subuid_name.empty() ||
                      !request.subgid_name.empty();
    if (maps && request.choice)
        throw usage_error("--userns and --uidmap/--gidmap/--subuidname/--subgidname are mutually exclusive");
    if (const char* word = std::getenv("PODMAN_USERNS"); word != nullptr && !maps && !request.choice)
        request.choice = read_userns(word);
}

} // namespace skiff::cli
