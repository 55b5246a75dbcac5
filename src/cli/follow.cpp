#include "cli/follow.hpp"

#include "base/error.hpp"
#include "engine/start.hpp"

namespace skiff::cli {

int follow(engine::Engine& engine, const std::string& id, Channel& conversation, const AttachOptions& options)
{
    const AttachOutcome outcome = attach_terminal(conversation, options);
    if (outcome.detached)
        return 0;
    if (outcome.exited)
        return outcome.exited->code & 0xff; // -1 is a timeout
    const store::ContainerRecord record = engine::settle(engine, id);
    if (record.exit)
        return record.exit->code & 0xff;
    throw Error{ErrorKind::Failure, cat("the monitor of container ", id, " went away, and nobody knows how the command ended")};
}

} // namespace skiff::cli
