#pragma once

#include <utility>

namespace skiff {

/// Runs `action` when it goes out of scope, unless dismissed: for the rest that has no owner type of its own.
template <typename Action>
class Defer
{
  public:
    explicit Defer(Action action) : action_{std::move(action)} {}
    Defer(const Defer&) = delete;
    Defer& operator=(const Defer&) = delete;
    Defer(Defer&&) = delete;
    Defer& operator=(Defer&&) = delete;
    ~Defer()
    {
        if (active_)
            action_();
    }
    void dismiss() noexcept { active_ = false; }

  private:
    Action action_;
    bool active_ = true;
};

} // namespace skiff
