#pragma once

#include "cli/groups/container_options.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

/// Which of the process's streams the caller is connected to.
struct AttachStreams
{
    bool in = false, out = false, err = false;
};

struct CreateArgs
{
    ContainerOptions options;
    std::vector<std::string> words; ///< the image and its command

    CreateRequest request; ///< all of the above, joined: complete when the command's function runs
};

struct RunArgs
{
    CreateArgs create;
    bool detach = false;
    bool signal_proxy = true;
    std::vector<std::string> attach;             ///< --attach as given
    std::optional<AttachStreams> attach_streams; ///< unset: all, and standard input with --interactive

    [[nodiscard]] const CreateRequest& request() const { return create.request; }
};

void finish_create(const Invocation& invocation, CreateArgs& args);
/// Errors: `invalid stream "x" for --attach - must be one of stdin, stdout, or stderr: invalid argument`.
void finish_run(const Invocation& invocation, RunArgs& args);

} // namespace skiff::cli
