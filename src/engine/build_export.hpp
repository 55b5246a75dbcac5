#pragma once

#include "engine/engine.hpp"

#include <string>

namespace skiff::engine {

struct StageImage;

/// --output: the files of what was built, without an image around them.
struct BuildExport
{
    enum class Kind
    {
        Directory, ///< type=local
        Tar,       ///< type=tar
    };
    Kind kind = Kind::Directory;
    std::string destination; ///< a path; "-" (Tar): standard output
};

/// Reads "DIRECTORY", "-", or "type=local|tar,dest=PATH". Throws Error(Usage) for other types, with what to do instead.
/// Source: the documentation of podman build and docker buildx build, "--output".
BuildExport parse_build_export(const std::string& text);

/// Writes the tree of `stage`. Into a directory: files become the caller's, without set-uid bits; what is there stays unless the
/// tree has a file of that name. A tar has the owners of the image, and appears when it is complete. Enters the user namespace.
void export_stage(Engine& engine, const StageImage& stage, const BuildExport& wanted);

} // namespace skiff::engine
