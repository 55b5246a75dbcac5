#pragma once

#include "base/unique_fd.hpp"
#include "build/context_address.hpp"
#include "registry/transport_options.hpp"

#include <optional>
#include <string>

namespace skiff::build {

struct ContextRequest
{
    std::string scratch; ///< an absolute path: an empty directory of the caller's, for what has to be fetched or unpacked
    int stream = 0;      ///< what `-` means; borrowed
    bool keep_git_dir = false;
    registry::TransportOptions transport;
};

/// A context as a directory. What lies in the scratch directory belongs to one id, ours, and goes with it.
struct Context
{
    UniqueFd root;
    std::string name;  ///< for messages: as the user wrote it
    bool is_local = false; ///< a directory of the user's: its ignore file counts
    /// What was named is a Containerfile, not an archive: then `root` is empty.
    std::optional<std::string> containerfile;
    std::string commit; ///< of git
};

/// Opens everything but images and OCI layouts. Throws `context must be a directory: "X"` for files, and with the words of the
/// server or of git.
Context open_context(const ContextAddress& address, const ContextRequest& request);

} // namespace skiff::build
