#pragma once

#include "build/stage_graph.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

/// Which stage works when. Knows nothing of processes: it is told what happened, and says what may go on.
namespace skiff::build {

/// A stage begins when its base is there. When it comes to a step that uses another stage, it waits for that one then, and does
/// not count as working meanwhile. Nobody waits for ever: stages need earlier ones only.
class Scheduler
{
  public:
    /// At most `jobs` stages work at the same time.
    Scheduler(std::vector<StageNeeds> needs, std::set<std::size_t> wanted, std::size_t jobs);

    /// A stage to begin now; it counts as working from then on. The first in the file first.
    std::optional<std::size_t> begin();
    /// A waiting stage that may go on now, because what it asked for is there; it counts as working again.
    std::optional<std::size_t> resume();

    /// `stage` cannot go on without `needed`, which becomes wanted if it was not.
    void wait(std::size_t stage, std::size_t needed);
    void finish(std::size_t stage);

    [[nodiscard]] bool is_finished(std::size_t stage) const { return finished_.contains(stage); }
    [[nodiscard]] std::size_t working() const { return working_.size(); }
    [[nodiscard]] const std::set<std::size_t>& wanted() const { return wanted_; }

  private:
    void want(std::size_t stage);

    std::vector<StageNeeds> needs_;
    std::set<std::size_t> wanted_;
    std::set<std::size_t> begun_, working_, finished_;
    std::map<std::size_t, std::size_t> waiting_; ///< stage -> what for
    std::size_t jobs_;
};

} // namespace skiff::build
