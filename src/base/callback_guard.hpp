#pragma once

#include <exception>
#include <utility>

namespace skiff {

/// Keeps C++ exceptions out of C frames (libcurl, libslirp ...): the first one is kept, the C caller gets its own
/// failure value, and the C++ caller rethrows after the library has returned.
class CallbackGuard
{
  public:
    template <typename Work, typename Answer>
    Answer operator()(Work&& work, Answer on_failure) noexcept
    {
        if (first_)
            return on_failure;
        try {
            return std::forward<Work>(work)();
        } catch (...) {
            first_ = std::current_exception();
            return on_failure;
        }
    }

    [[nodiscard]] bool failed() const noexcept { return first_ != nullptr; }

    void rethrow_if_failed()
    {
        if (first_)
            std::rethrow_exception(std::exchange(first_, nullptr));
    }

  private:
    std::exception_ptr first_;
};

} // namespace skiff
