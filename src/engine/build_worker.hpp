#pragma once

#include "base/channel.hpp"
#include "base/process.hpp"
#include "engine/build_stage.hpp"

#include <map>

namespace skiff::engine {

/// Results of the stages that are finished, by their index.
using FinishedStages = std::map<std::size_t, StageImage>;

/// The process that builds one stage: a copy of this one, forked while it has one thread. It enters the user namespace, mounts, and
/// starts containers, so that this one never has to.
class StageWorker
{
  public:
    /// It knows what is in `finished` at this moment, and asks for the rest.
    StageWorker(Engine& engine, const BuildRequest& request, BuildPlan& plan, const FinishedStages& finished, std::size_t stage);
    /// Ends it: kindly (the other end of the channel closes), and by force when it does not listen.
    ~StageWorker();
    StageWorker(const StageWorker&) = delete;
    StageWorker& operator=(const StageWorker&) = delete;

    [[nodiscard]] const Channel& channel() const { return channel_; }
    /// The answer to Need.
    void give(const StageImage& stage) const;
    /// It has said its last word; waits for its end.
    void finish();

  private:
    Channel channel_;
    ChildProcess process_;
    bool is_alive_ = false;
};

} // namespace skiff::engine
