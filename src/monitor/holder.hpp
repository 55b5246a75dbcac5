#pragma once

#include "base/process.hpp"

#include <functional>
#include <optional>
#include <string>

namespace skiff::monitor {

/// Everybody who lives in the shared user namespace says so with a link, userns/<pid>-<start time>, whose text is the id map
/// (a link needs no block of a full disk; a map too long for one is a file's content); the next command joins a live one of
/// them instead of making another namespace. There is no process whose only purpose is to hold the namespace.
class NamespaceHolder
{
  public:
    /// Registers this process; `id_map` is kernel::make_map_text of uids and gids.
    NamespaceHolder(const std::string& run_dir, const std::string& id_map);
    ~NamespaceHolder();
    NamespaceHolder(const NamespaceHolder&) = delete;
    NamespaceHolder& operator=(const NamespaceHolder&) = delete;

  private:
    std::string path_;
};

/// A live process in a namespace with exactly this map, and one that `accept` takes: any of them may end at any time. Files
/// of dead ones are removed on the way.
std::optional<Pidfd> find_namespace_holder(
    const std::string& run_dir, const std::string& id_map,
    const std::function<bool(const Pidfd&)>& accept = [](const Pidfd&) { return true; });

/// The id map of the shared namespace when this process lives in it already (below `unshare`), whatever its map looks like
/// from inside.
std::optional<std::string> find_own_namespace(const std::string& run_dir);

} // namespace skiff::monitor
