#include "cli/commands/version.hpp"

#include "base/cat.hpp"
#include "cli/build_info.hpp"
#include "cli/commands/tables.hpp"
#include "cli/output.hpp"

#include <ctime>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>

namespace skiff::cli {
namespace {

struct VersionArgs
{
    std::string format;
};

/// Podman's oldest interface that answers like ours; scripts compare it.
constexpr std::string_view api_version = "5.0.0";

std::string build_date()
{
    const std::time_t time = built;
    std::tm parts{};
    ::localtime_r(&time, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts)};
}

/// As Go names it.
std::string machine()
{
    utsname names{};
    ::uname(&names);
    const std::string_view kernel_name = names.machine;
    if (kernel_name == "x86_64")
        return "linux/amd64";
    if (kernel_name == "aarch64")
        return "linux/arm64";
    return cat("linux/", kernel_name);
}

int show_version(const Invocation&, VersionArgs& args)
{
    nlohmann::ordered_json document{{"Client", describe_version()}};
    if (!args.format.empty() && args.format != "json")
        document["Server"] = document["Client"]; // the client is the server
    if (!args.format.empty()) {
        print(format_document("version", "*define.VersionReport", args.format, document));
        return 0;
    }
    print(cat("Client:       skiff Engine\n", "Version:      ", program_version, "\n", "API Version:  ", api_version, "\n",
              "Go Version:   none (C++20)\n", commit.empty() ? "" : "Git Commit:   ", commit,
              commit.empty() ? "" : "\n", "Built:        ", build_date(), "\n", "OS/Arch:      ", machine(), "\n"));
    return 0;
}

constexpr Option options[] = {
    option<&VersionArgs::format>("format", 'f', "FORMAT", "json, or a Go template"),
};

constexpr Command commands[] = {
    {
        .paths = {"version"},
        .summary = "Show the version of skiff",
        .examples = "version\nversion --format '{{.Client.Version}}'",
        .options = options,
        .body = body<VersionArgs, show_version>,
    },
};

} // namespace

// The fields of Podman's document; "GoVersion" is for scripts that print it.
nlohmann::ordered_json describe_version()
{
    return {{"APIVersion", api_version}, {"Version", program_version},        {"GoVersion", "none (C++20)"},
            {"GitCommit", commit},       {"BuiltTime", build_date()}, {"Built", built},
            {"BuildOrigin", ""},         {"OsArch", machine()},       {"Os", "linux"}};
}

const std::span<const Command> version_commands{commands};

} // namespace skiff::cli
