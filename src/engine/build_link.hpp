#pragma once

#include "engine/build.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace skiff::engine {

/// What the builder of one stage says to whoever runs the whole build, and asks of it.
class StageLink
{
  public:
    virtual ~StageLink() = default;
    virtual void step(std::size_t number, std::size_t count, const std::string& text) = 0;
    virtual void output(monitor::Stream stream, std::string_view bytes) = 0;
    virtual void step_done(bool cached, const std::string& id) = 0;
    virtual void note(const std::string& line) = 0;
    virtual void say(const std::string& line) = 0;
    /// A place of --cache-from gave trouble, and is not asked any more.
    virtual void lose_place(const std::string& place, const std::string& why) = 0;
    /// The result of another stage; waits until it is there.
    virtual StageImage need(std::size_t stage) = 0;
    /// Readable when the build is given up: for a wait of one's own. -1: nobody will say so.
    [[nodiscard]] virtual int end_fd() const = 0;
};

} // namespace skiff::engine
