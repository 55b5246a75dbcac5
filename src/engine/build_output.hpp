#pragma once

#include "monitor/control.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace skiff::engine {

/// A stage of the file as the reader of a log sees it.
struct StageTitle
{
    std::size_t number = 1; ///< among the stages that are built, from 1
    std::size_t count = 1;  ///< of those
    std::string name;       ///< its name in the file, or its index
};

/// What a build tells while it works. All calls come from the process that called build_image, in the order of the events of each
/// stage; those of several stages are mixed.
class BuildOutput
{
  public:
    virtual ~BuildOutput() = default;
    /// Step `number` of `count` of a stage begins.
    virtual void step(const StageTitle& stage, std::size_t number, std::size_t count, const std::string& text) = 0;
    /// The step's command wrote this.
    virtual void output(const StageTitle& stage, monitor::Stream stream, std::string_view bytes) = 0;
    /// The step was made before (`cached`), or has been made now; `id` is what it is called.
    virtual void step_done(const StageTitle& stage, bool cached, const std::string& id) = 0;
    /// A line that belongs to a stage's log: why a step is not cached.
    virtual void note(const StageTitle& stage, const std::string& line) = 0;
    /// The stage is complete, or waits for another one ("" no longer).
    virtual void stage_done(const StageTitle& stage) = 0;
    /// For standard error: what fetching an image tells, warnings.
    virtual void say(const std::string& line) = 0;
    /// The image is about to be stored under its first name ("" without one).
    virtual void commit(const std::string& name) = 0;
    /// How often somebody wants to be called although nothing happens, in milliseconds: for clocks that tick. -1: never.
    [[nodiscard]] virtual int tick_interval_ms() const { return -1; }
    virtual void tick() {}
};

} // namespace skiff::engine
