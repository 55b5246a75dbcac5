#pragma once

#include "base/channel.hpp"
#include "base/log.hpp"
#include "engine/engine.hpp"
#include "monitor/control.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace skiff::engine {

struct StartOptions
{
    bool attach_in = false, attach_out = false, attach_err = false; ///< what the conversation carries from the first byte on
    bool initialize_only = false; ///< `init`: everything but the command
    std::uint16_t rows = 0, columns = 0; ///< of the caller's terminal
    std::function<void(const std::string&)> warn = log::warn; ///< hears what of the wishes cannot be had, and why
};

/// Starts a container that does not run: gives it a monitor, waits until its command runs (or, for `init`, waits), and
/// returns the conversation, which then carries what was asked for and ends with Exited.
///
/// Throws NotExecutable or CommandNotFound with the texts of cli-conventions.md when the command cannot be started.
Channel start_container(Engine& engine, const std::string& id, const StartOptions& options);

/// `count` descriptors from 3 on that the caller has passed. Ours are closed by an exec, and theirs have survived one: what a container
/// gets is never a directory of the store. Throws Usage for one that was not passed.
std::vector<int> list_inherited(std::uint32_t count);

/// Opens a conversation with the monitor of a container; nothing when it has none.
std::optional<Channel> find_monitor(Engine& engine, const std::string& id);

/// Asks a monitor and waits for its one answer; Failed is thrown. A monitor that goes away without an answer is an Error.
monitor::Answer ask_monitor(const Channel& channel, const monitor::Request& request);

/// As ask_monitor, but nothing when the monitor ends without an answer: the container has just ended by itself.
std::optional<monitor::Answer> find_answer(const Channel& channel, const monitor::Request& request);
/// Returns when the container's monitor has gone; after half a minute, that it has not is an Error.
void wait_for_monitor_end(Engine& engine, const std::string& id);

/// Brings a record that lies up to date: a run that lost its monitor is ended and recorded. Returns the truth.
store::ContainerRecord settle(Engine& engine, const std::string& id);

} // namespace skiff::engine
