#pragma once

#include "base/clock.hpp"
#include "cli/output_tail.hpp"
#include "engine/build_output.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// A build at a glance, on a terminal: finished steps as lines with their durations, below them what each stage is doing now with the
/// last lines of its command. Nothing else may write to the terminal meanwhile.
class BuildScreen : public engine::BuildOutput
{
  public:
    BuildScreen();
    ~BuildScreen() override;
    BuildScreen(const BuildScreen&) = delete;
    BuildScreen& operator=(const BuildScreen&) = delete;

    void step(const engine::StageTitle& stage, std::size_t number, std::size_t count, const std::string& text) override;
    void output(const engine::StageTitle& stage, monitor::Stream stream, std::string_view bytes) override;
    void step_done(const engine::StageTitle& stage, bool cached, const std::string& id) override;
    void note(const engine::StageTitle& stage, const std::string& line) override;
    void stage_done(const engine::StageTitle& stage) override;
    void say(const std::string& line) override;
    void commit(const std::string& name) override;

    [[nodiscard]] int tick_interval_ms() const override { return 200; }
    void tick() override { draw(false); }

    /// What the command of the step that failed wrote last.
    [[nodiscard]] std::string unseen_output() const;

  private:
    static constexpr std::size_t kept_output = 8192;
    struct Stage
    {
        engine::StageTitle title;
        std::string step;     ///< "RUN make", one line
        std::size_t number = 0, count = 0;
        SteadyClock::time_point began;
        OutputTail output{kept_output}; ///< of its command
        bool works = false;
    };
    Stage& stage(const engine::StageTitle& title);
    /// A line that stays, above the stages at work.
    void print_line(const std::string& line);
    void draw(bool now);
    void erase();
    [[nodiscard]] std::string head_of(const Stage& stage) const;

    std::map<std::size_t, Stage> stages_; ///< by their number
    std::string last_output_;
    std::size_t drawn_ = 0; ///< lines on the screen that the next drawing overwrites
    SteadyClock::time_point last_draw_;
};

} // namespace skiff::cli
