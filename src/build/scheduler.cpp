#include "build/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace skiff::build {

Scheduler::Scheduler(std::vector<StageNeeds> needs, std::set<std::size_t> wanted, std::size_t jobs)
    : needs_{std::move(needs)}, wanted_{std::move(wanted)}, jobs_{std::max<std::size_t>(jobs, 1)}
{
}

std::optional<std::size_t> Scheduler::begin()
{
    if (working_.size() >= jobs_)
        return std::nullopt;
    for (const std::size_t stage : wanted_) {
        const std::optional<std::size_t>& base = needs_[stage].base;
        if (begun_.contains(stage) || (base && !finished_.contains(*base)))
            continue;
        begun_.insert(stage);
        working_.insert(stage);
        return stage;
    }
    return std::nullopt;
}

std::optional<std::size_t> Scheduler::resume()
{
    if (working_.size() >= jobs_)
        return std::nullopt;
    for (const auto& [stage, needed] : waiting_)
        if (finished_.contains(needed)) {
            const std::size_t found = stage;
            waiting_.erase(found);
            working_.insert(found);
            return found;
        }
    return std::nullopt;
}

void Scheduler::wait(std::size_t stage, std::size_t needed)
{
    want(needed);
    working_.erase(stage);
    waiting_[stage] = needed;
}

void Scheduler::finish(std::size_t stage)
{
    working_.erase(stage);
    finished_.insert(stage);
}

void Scheduler::want(std::size_t stage)
{
    const std::set<std::size_t> needed = needed_stages(needs_, stage);
    wanted_.insert(needed.begin(), needed.end());
}

} // namespace skiff::build
