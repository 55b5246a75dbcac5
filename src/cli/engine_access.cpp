#include "cli/engine_access.hpp"

#include "base/error.hpp"
#include "model/build_container.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace skiff::cli {

namespace {

bool read_flag(const std::string& name, const std::string& value)
{
    if (value == "true" || value == "1")
        return true;
    if (value == "false" || value == "0")
        return false;
    throw Error{ErrorKind::Usage, cat("storage option ", quoted(name), " is true or false, not ", quoted(value))};
}

/// Podman writes the driver's name in front of most.
std::string without_driver(const std::string& name)
{
    for (const std::string_view driver : {"overlay.", "vfs.", "overlay2.", "copy.", "fuse-overlayfs."})
        if (name.starts_with(driver))
            return name.substr(driver.size());
    return name;
}

void read_storage_option(const std::string& text, engine::EngineOptions& options)
{
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
    const std::string plain = without_driver(name);
    if (plain == "imagestore" || plain == "additionalimagestore") {
        if (!value.starts_with('/'))
            throw Error{ErrorKind::Usage, cat("storage option ", quoted(name), " needs an absolute path, not ", quoted(value))};
        options.image_stores.push_back(value);
        return;
    }
    if (plain == "shared") {
        options.share_store = read_flag(name, value);
        return;
    }
    // What other engines' drivers need and these do not.
    constexpr std::array<std::string_view, 9> without_effect{
        "mount_program", "mountopt", "ignore_chown_errors", "force_mask", "skip_mount_home",
        "size",          "inodes",   "override_kernel_check", "use_composefs"};
    if (std::find(without_effect.begin(), without_effect.end(), plain) == without_effect.end())
        throw Error{ErrorKind::Usage, cat("unknown storage option ", quoted(name))}.with_hint("there are imagestore=DIR and shared=true");
}

void read_storage_options(const GlobalOptions& global, engine::EngineOptions& options)
{
    // As Podman: the variable is for when the option is not given.
    std::vector<std::string> words = global.storage_options;
    if (const char* variable = std::getenv("STORAGE_OPTS"); words.empty() && variable != nullptr) // NOLINT(concurrency-mt-unsafe)
        for (std::string_view rest = variable; !rest.empty();) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            if (end > 0)
                words.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    for (const std::string& word : words)
        read_storage_option(word, options);
}

} // namespace

engine::EngineOptions engine_options(const Invocation& invocation)
{
    const GlobalOptions& global = invocation.global;
    engine::EngineOptions options;
    options.root = global.root;
    options.run_root = global.runroot;
    options.storage_driver = global.storage_driver;
    options.cgroup_manager = global.cgroup_manager;
    options.events_backend = global.events_backend;
    options.volume_path = global.volume_path;
    options.tmpdir = global.tmpdir;
    options.hooks_dirs = global.hooks_dirs;
    options.cdi_dirs = global.cdi_dirs;
    options.modules = global.modules;
    read_storage_options(global, options);
    if (global.debug)
        options.log_level = "debug";
    else if (!global.log_level.empty())
        options.log_level = global.log_level;
    return options;
}

std::string resolve_container(engine::Engine& engine, const std::string& text, bool latest)
{
    if (!latest)
        return engine.store().containers().resolve(text);
    auto all = engine.store().containers().list();
    std::erase_if(all, [](const store::ContainerRecord& record) { return is_of_build(record.config); });
    if (all.empty())
        throw Error{ErrorKind::NotFound, "no containers to select: no such container"};
    return all.back().config.id; // in the order of their creation
}

} // namespace skiff::cli
