#pragma once

#include "base/clock.hpp"
#include "cli/interruption.hpp"
#include "engine/progress.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::cli {

/// Progress on standard error: bars on a terminal, one plain line per event elsewhere, nothing when quiet.
class ProgressPrinter : public engine::Progress
{
  public:
    /// With `interruption` the person can stop the verb; it is borrowed.
    explicit ProgressPrinter(bool quiet, const Interruption* interruption = nullptr);
    ~ProgressPrinter() override;

    void say(const std::string& line) override;
    void blob(const std::string& id, std::uint64_t done, std::uint64_t total) override;
    void blob_done(const std::string& id, const std::string& note) override;
    [[nodiscard]] bool can_ask() const override;
    std::optional<std::size_t> choose(const std::string& question, const std::vector<std::string>& choices) override;
    [[nodiscard]] int cancel_fd() const override { return interruption_ == nullptr ? -1 : interruption_->fd(); }

  private:
    struct Bar
    {
        std::string id;
        std::uint64_t done = 0, total = 0;
        std::string note; ///< set when it is finished
        SteadyClock::time_point began;
    };
    Bar& bar(const std::string& id);
    void draw(bool now);
    [[nodiscard]] std::string line_of(const Bar& bar, std::size_t width) const;

    const Interruption* interruption_;
    bool quiet_;
    bool terminal_;
    std::vector<Bar> bars_; ///< in the order in which they appeared
    std::size_t drawn_ = 0; ///< lines on the screen that the next drawing overwrites
    SteadyClock::time_point last_draw_;
};

} // namespace skiff::cli
