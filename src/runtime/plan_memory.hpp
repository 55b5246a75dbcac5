#pragma once

#include "base/unique_fd.hpp"
#include "runtime/child_plan.hpp"

#include <deque>
#include <string>
#include <vector>

namespace skiff::runtime {

/// What the pointers of a plan point to. Nothing in it moves once it is there.
class PlanMemory
{
  public:
    const char* keep(std::string text) { return texts_.emplace_back(std::move(text)).c_str(); }
    TextList keep_list(const std::vector<std::string>& texts)
    {
        auto& list = lists_.emplace_back();
        list.reserve(texts.size() + 1);
        for (const std::string& text : texts)
            list.push_back(keep(text));
        list.push_back(nullptr);
        return list.data();
    }
    int keep(UniqueFd fd) { return fds_.emplace_back(std::move(fd)).get(); }
    /// The child has its copies: ours go.
    void close_descriptors() { fds_.clear(); }

  private:
    std::deque<std::string> texts_;
    std::deque<std::vector<const char*>> lists_;
    std::deque<UniqueFd> fds_;
};

} // namespace skiff::runtime
