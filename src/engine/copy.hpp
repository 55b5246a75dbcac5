#pragma once

#include "engine/engine.hpp"

#include <string>

namespace skiff::engine {

/// One end of a copy.
struct CopyEnd
{
    std::string container; ///< as the user calls it; empty: the host
    std::string path;      ///< in a container relative to its working directory; "/." at the end: what is in it
    int stream = -1;       ///< on the host: a tar archive is read or written there, instead of `path`
};

struct CopyRequest
{
    CopyEnd from, to;
    bool change_owner = true;   ///< what comes into a container belongs to its user; else owners stay as they are
    bool replace_kinds = false; ///< a directory may replace a file, and the other way round
    bool keep_link = false;     ///< from the host: a link at the end of the path is copied itself
};

/// Copies a file or a directory into a container, out of it, or from one to another. Texts of errors are Podman's.
void copy_files(Engine& engine, const CopyRequest& request);

} // namespace skiff::engine
