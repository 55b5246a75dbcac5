#include "cli/global_options.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"

#include <cstdlib>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::string_view no_remote = "skiff has no remote mode: containers run on this machine";

constexpr Option options[] = {
    option<&GlobalOptions::cgroup_manager>("cgroup-manager", 0, "MANAGER",
                                           "Who makes cgroups (default: systemd where it answers)")
        .one_of("systemd, cgroupfs"),
    option<&GlobalOptions::config_dir>("config", 0, "DIR",
                                       "Directory of the Docker client's configuration (credentials)")
        .completes(Completes::Directories),
    accepted("conmon", 0, "PATH", "the monitor is part of skiff"),
    refused("connection", 'c', "NAME", no_remote),
    option<&GlobalOptions::cdi_dirs>("cdi-spec-dir", 0, "DIR", "Directory of CDI files (may be given several times)")
        .completes(Completes::Directories),
    option<&GlobalOptions::debug>("debug", 'D', "", "The same as --log-level=debug").unlisted(),
    option<&GlobalOptions::events_backend>("events-backend", 0, "TYPE", "Where events go; skiff keeps them in a file")
        .one_of("file, none"),
    option<&GlobalOptions::hooks_dirs>("hooks-dir", 0, "DIR", "Directory of OCI hooks (may be given several times)")
        .completes(Completes::Directories),
    accepted("host", 'H', "ADDRESS", "there is no daemon to connect to").unlisted(),
    refused("identity", 0, "PATH", no_remote),
    refused("imagestore", 0, "DIR", "images are kept below --root; `--storage-opt imagestore=DIR` reads those of another store"),
    option<&GlobalOptions::log_level>("log-level", 0, "LEVEL",
                                      "Talk on standard error: trace, debug, info, warn, error, fatal or panic")
        .defaults("warn")
        .suggests("trace, debug, info, warn, error, fatal, panic"),
    refused("module", 0, "PATH", "modules of containers.conf are not supported yet"),
    option<&GlobalOptions::network_config_dir>("network-config-dir", 0, "DIR", "Where named networks are described")
        .completes(Completes::Directories),
    option<&GlobalOptions::no_output>("noout", 0, "", "Nothing on standard output").unlisted(),
    option<&GlobalOptions::output_file>("out", 0, "FILE", "Send standard output to a file").completes(Completes::Files),
    refused("remote", 'r', "", no_remote),
    option<&GlobalOptions::root>("root", 0, "DIR", "Directory of images, containers and volumes")
        .completes(Completes::Directories),
    option<&GlobalOptions::runroot>("runroot", 0, "DIR", "Directory of what dies with a reboot")
        .completes(Completes::Directories),
    accepted("runtime", 0, "PATH", "skiff runs containers itself"),
    accepted("runtime-flag", 0, "FLAG", "skiff runs containers itself").many(),
    refused("ssh", 0, "MODE", no_remote),
    option<&GlobalOptions::storage_driver>("storage-driver", 0, "DRIVER",
                                           "How root file systems are mounted: overlay, fuse-overlayfs or copy")
        .suggests("overlay, fuse-overlayfs, copy"),
    option<&GlobalOptions::storage_options>("storage-opt", 0, "NAME=VALUE", "Option of the store: imagestore=DIR reads another store's images, too; shared=true makes a store for that")
        .many(),
    accepted("syslog", 0, "", "there is no separate log to copy: everything is on standard error"),
    refused("tls-ca", 0, "PATH", no_remote),
    refused("tls-cert", 0, "PATH", no_remote),
    refused("tls-details", 0, "PATH", no_remote),
    refused("tls-key", 0, "PATH", no_remote),
    option<&GlobalOptions::tmpdir>("tmpdir", 0, "DIR", "Directory of the engine's temporary files")
        .completes(Completes::Directories),
    refused("transient-store", 0, "", "records always survive a reboot here"),
    refused("url", 0, "URL", no_remote),
    option<&GlobalOptions::show_version>("version", 'v', "", "Show the version"),
    option<&GlobalOptions::volume_path>("volumepath", 0, "DIR", "Where volumes are kept (default: below --root)")
        .completes(Completes::Directories),
};

struct LevelName
{
    std::string_view name;
    log::Level level;
};

constexpr LevelName levels[] = {
    {"trace", log::Level::Trace}, {"debug", log::Level::Debug},  {"info", log::Level::Info},
    {"warn", log::Level::Warn},   {"warning", log::Level::Warn}, {"error", log::Level::Error},
    {"fatal", log::Level::Fatal}, {"panic", log::Level::Panic},
};

} // namespace

const OptionGroup global_options{"Global", options};

void apply(const GlobalOptions& given)
{
    if (!given.log_level.empty()) {
        const LevelName* found = nullptr;
        for (const LevelName& level : levels)
            if (level.name == given.log_level)
                found = &level;
        if (found == nullptr)
            throw Error{ErrorKind::Usage, cat("Log Level \"", given.log_level, "\" is not supported, choose from: ",
                                              "trace, debug, info, warn, warning, error, fatal, panic")};
        if (given.debug)
            throw Error{ErrorKind::Usage, "Setting --log-level and --debug is not allowed"};
        log::set_level(found->level);
    } else if (given.debug) {
        log::set_level(log::Level::Debug);
    }

    if (!given.config_dir.empty()) // as Podman does: whoever looks for credentials looks there
        ::setenv("DOCKER_CONFIG", given.config_dir.c_str(), 1); // NOLINT(concurrency-mt-unsafe): one thread so far

    const std::string target = given.no_output ? "/dev/null" : given.output_file;
    if (target.empty())
        return;
    const UniqueFd file = open_at(AT_FDCWD, target, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (::dup2(file.get(), STDOUT_FILENO) < 0)
        throw Error{errno, cat("sending standard output to ", quoted(target))};
}

} // namespace skiff::cli
