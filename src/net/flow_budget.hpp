#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace skiff::net {

/// Something that is limited and that several take of without asking each other: the connections that a process can have.
///
/// Three quarters are for everybody: one more is granted while its owner has fewer than four times what is free of these, so that
/// the second greedy one finds something, too. The last quarter is for those that have few.
class FlowBudget
{
  public:
    explicit FlowBudget(std::ptrdiff_t capacity) : capacity_{capacity}, free_{capacity} {}

    [[nodiscard]] bool has_room(const std::string& owner) const;
    void take(const std::string& owner);      ///< whether there is room or not: it has come to pass
    void give_back(const std::string& owner); ///< one that it took

  private:
    std::ptrdiff_t capacity_;
    std::ptrdiff_t free_; ///< below zero when more was taken than granted
    std::map<std::string, std::ptrdiff_t> taken_; ///< only of those that have some
};

} // namespace skiff::net
