#pragma once

#include "base/channel.hpp"
#include "engine/build_link.hpp"

#include <optional>
#include <string>
#include <variant>

/// What the builder of a stage and the process that runs the build say to each other. The first byte of a message is its kind: '{' for
/// JSON, else a stream's letter and raw bytes, as monitor/control.hpp has it.
namespace skiff::engine::stage_message {

struct StepBegins
{
    std::uint64_t number = 0, count = 0;
    std::string text;
};
struct StepDone
{
    bool cached = false;
    std::string id;
};
struct Note
{
    std::string line;
};
struct Say
{
    std::string line;
};
struct PlaceLost ///< of --cache-from
{
    std::string place, why;
};
struct Need
{
    std::uint64_t stage = 0;
};
struct Finished ///< the result comes as a file with the message: it may be large
{
};
struct Failed
{
    monitor::Failed error;
    int code = 0; ///< of a command; 0: something else failed
};
using Message = std::variant<StepBegins, StepDone, Note, Say, PlaceLost, Need, Finished, Failed>;

std::string encode(const Message& message);
Message decode(std::string_view text);

/// A stage as the content of a file in memory, and back.
UniqueFd write_stage(const StageImage& stage);
StageImage read_stage(int fd);

} // namespace skiff::engine::stage_message
