#pragma once

#include "base/channel.hpp"
#include "engine/engine.hpp"
#include "monitor/control.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Starts a further process in a running container and returns its conversation: streams and Exited follow, unless
/// `request.detached`. The id is filled in here. `fds` become 3, 4 ... inside.
/// Throws ExecSession (255) when the container does not run, NotExecutable and CommandNotFound as start_container does.
Channel exec_in_container(Engine& engine, const std::string& id, monitor::ExecRequest& request, const std::vector<int>& fds);

/// Opens a conversation with the streams of a running container. Throws State when it does not run.
Channel attach_to_container(Engine& engine, const std::string& id, const monitor::AttachRequest& wants);

} // namespace skiff::engine
