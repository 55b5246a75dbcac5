#pragma once

#include "cli/groups/selection_options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct StartArgs
{
    ContainerSelection selection;
    bool attach = false;
    bool interactive = false;
    std::optional<std::string> detach_keys;
    std::optional<bool> signal_proxy; ///< unset: when attached
};

struct AttachArgs
{
    std::vector<std::string> containers; ///< one, or none with `latest`
    bool latest = false;
    bool no_stdin = false;
    bool signal_proxy = true;
    std::optional<std::string> detach_keys;
};

struct InitArgs
{
    ContainerSelection selection;
};

} // namespace skiff::cli
