#pragma once

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct Option;
struct OptionGroup;

/// What stands in front of the command (or, by its long name, among its options) and concerns the whole engine.
struct GlobalOptions
{
    std::string root, runroot, tmpdir, volume_path, network_config_dir, config_dir;
    std::string storage_driver, cgroup_manager, runtime, events_backend;
    std::vector<std::string> storage_options, cdi_dirs, hooks_dirs, modules, runtime_flags;
    std::string log_level; ///< empty: warn
    bool debug = false;
    std::string output_file; ///< --out: standard output goes there
    bool no_output = false;
    bool show_version = false;
};

extern const OptionGroup global_options;

/// Log level, and where standard output goes.
void apply(const GlobalOptions& options);

} // namespace skiff::cli
