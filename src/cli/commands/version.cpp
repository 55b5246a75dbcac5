#include "cli/commands/tables.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/version.hpp"

#include <ctime>
#include <sys/utsname.h>
#include <unistd.h>

namespace skiff::cli {
namespace {

struct VersionArgs
{
    std::string format;
};

std::string build_date()
{
    const std::time_t time = built;
    std::tm parts{};
    ::localtime_r(&time, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts)};
}

int show_version(const Invocation&, VersionArgs&)
{
    utsname machine{};
    ::uname(&machine);
    // "API Version" and "Go Version" are for scripts that read Podman's table by these names.
    write_all(STDOUT_FILENO,
              cat("Client:       skiff Engine\n", "Version:      ", version, "\n", "API Version:  ", version, "\n",
                  "Go Version:   none (C++20)\n", commit.empty() ? "" : "Git Commit:   ", commit,
                  commit.empty() ? "" : "\n", "Built:        ", build_date(), "\n", "OS/Arch:      linux/",
                  machine.machine, "\n"),
              "standard output");
    return 0;
}

constexpr Option options[] = {
    option<&VersionArgs::format>("format", 'f', "TEMPLATE", "Print as json or by a Go template"),
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

const std::span<const Command> version_commands{commands};

} // namespace skiff::cli
