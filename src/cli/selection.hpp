#pragma once

#include "base/error.hpp"
#include "cli/groups/selection_options.hpp"
#include "engine/engine.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace skiff::cli {

/// One container that a command is about, and what to print when it is done.
struct Selected
{
    std::string id;
    std::string shown; ///< as the user wrote it; the id when a filter or --all chose it
};

/// What happens to a name that no container has.
enum class Missing { IsAnError, IsIgnored };

/// What the selection means. Names that do not exist are told on standard error, and `worst` becomes their exit code; the
/// others go on.
/// `not_found` has other words for a missing name; null: the store's.
std::vector<Selected> select_containers(engine::Engine& engine, const ContainerSelection& selection, Missing missing, int& worst,
                                        Error (*not_found)(const std::string& name) = nullptr);

/// Exit codes of errors of `rm` and its kin differ; null: exit_code(kind).
using ExitCodes = int (*)(ErrorKind kind);

/// Those of rm, rmi, volume rm ...: 1 it is not there, 2 it runs or is needed.
int removal_exit_code(ErrorKind kind);

/// Does `verb` to each of them, prints those that went well (as `shown`, which it may change), tells the errors; returns the worst exit code.
int for_each_container(const std::vector<Selected>& containers, int worst, const std::function<void(Selected&)>& verb,
                       ExitCodes codes = nullptr);

} // namespace skiff::cli
