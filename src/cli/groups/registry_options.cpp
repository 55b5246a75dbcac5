#include "cli/groups/registry_options.hpp"

#include "base/error.hpp"
#include "cli/values.hpp"
#include "text/duration.hpp"

#include <array>

namespace skiff::cli {
namespace {

constexpr Option authfile = option<&PullOptions::authfile>("authfile", 0, "FILE",
                                                           "Credentials file (default: auth.json of containers, then Docker's)")
                                .completes(Completes::Files);
constexpr Option cert_dir =
    option<&PullOptions::cert_dir>("cert-dir", 0, "DIR", "Directory of certificates and keys for the registry")
        .completes(Completes::Directories)
        .defaults("/etc/containers/certs.d");
constexpr Option creds =
    option<&PullOptions::credentials>("creds", 0, "USER[:PASSWORD]", "Credentials for the registry").secret();
constexpr Option tls_verify =
    option<&PullOptions::tls_verify>("tls-verify", 0, "", "Require HTTPS and check certificates (default true)");

constexpr Option access[] = {authfile, cert_dir, creds, tls_verify};

/// Errors as Go's: `time: invalid duration "x"`.
std::chrono::nanoseconds read_delay(std::string_view text) { return text::parse_duration(text); }

constexpr Option retry =
    option<&PullOptions::retries>("retry", 0, "COUNT", "How often a failed transfer is tried again (default 3)");

constexpr std::array<Option, 9> all_with(const Option& retries)
{
    return {
        authfile,
        cert_dir,
        creds,
        refused("decryption-key", 0, "KEY[:PASSPHRASE]", "encrypted images are not supported").many(),
        accepted("disable-content-trust", 0, "", "there is no content trust to disable"),
        retries,
        option<&PullOptions::retry_delay, read_delay>("retry-delay", 0, "DURATION",
                                                      "Wait so long between tries (default: 1s, then longer each time)"),
        refused("signature-policy", 0, "FILE", "signatures are checked by /etc/containers/policy.json only").unlisted(),
        tls_verify,
    };
}

constexpr auto registry = all_with(retry);
constexpr auto registry_of_build = all_with(retry.like(ValueKind::Int)); // Podman's has another kind there

constexpr Option architecture =
    option<&PullOptions::architecture>("arch", 0, "ARCH", "Choose the image for this architecture").also("override-arch");
constexpr Option os =
    option<&PullOptions::os>("os", 0, "OS", "Choose the image for this operating system").also("override-os");
constexpr Option variant =
    option<&PullOptions::variant>("variant", 0, "VARIANT", "Choose the image for this variant of the architecture")
        .also("override-variant");
constexpr Option platform = option<&set_platform>("platform", 0, "OS/ARCH", "Choose the image for this platform");

constexpr Option platforms[] = {architecture, os, variant, platform};

constexpr Option choice[] = {
    architecture,
    os,
    option<&PullOptions::quiet>("quiet", 'q', "", "No progress while the image is fetched"),
    variant,
    platform,
};

} // namespace

const OptionGroup registry_options{"Registry", registry};
const OptionGroup build_registry_options{"Registry", registry_of_build};
const OptionGroup registry_access_options{"Registry", access};
const OptionGroup platform_options{"Image", platforms};
const OptionGroup image_choice_options{"Image", choice};

void check_platform(const Invocation& invocation)
{
    if (invocation.has("platform") && (invocation.has("arch") || invocation.has("os")))
        throw usage_error("--platform option can not be specified with --arch or --os");
}

} // namespace skiff::cli
