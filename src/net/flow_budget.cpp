#include "net/flow_budget.hpp"

#include <algorithm>

namespace skiff::net {

bool FlowBudget::has_room(const std::string& owner) const
{
    const auto found = taken_.find(owner);
    const std::ptrdiff_t taken = found == taken_.end() ? 0 : found->second;
    const std::ptrdiff_t few = std::max<std::ptrdiff_t>(1, capacity_ / 128);
    return taken < 4 * (free_ - capacity_ / 4) || (taken < few && free_ > 0);
}

void FlowBudget::take(const std::string& owner)
{
    ++taken_[owner];
    --free_;
}

void FlowBudget::give_back(const std::string& owner)
{
    const auto taken = taken_.find(owner);
    if (--taken->second == 0)
        taken_.erase(taken);
    ++free_;
}

} // namespace skiff::net
