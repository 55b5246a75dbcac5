#include "cli/engine_access.hpp"

#include "base/error.hpp"

namespace skiff::cli {

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
    options.modules = global.modules;
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
    const auto all = engine.store().containers().list();
    if (all.empty())
        throw Error{ErrorKind::NotFound, "no containers to select: no such container"};
    return all.back().config.id; // in the order of their creation
}

} // namespace skiff::cli
