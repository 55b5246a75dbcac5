#pragma once

#include "cli/compose/session.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace skiff::cli {

/// The output of several containers at once, each line behind the container's name.
class LogView
{
  public:
    struct Options
    {
        bool prefix = true;
        bool timestamps = false;
        bool follow = false;
        std::string tail, since, until; ///< as `logs` takes them; empty: not given
    };
    LogView(ComposeSession& session, Options options);

    /// Names that will stand in front of lines: they are made equally wide.
    void reserve(const std::string& name);
    enum class Show
    {
        Output,
        Nothing
    };
    /// Shows a container's output; `on_end` when it has all been shown (with follow: when the container has ended).
    void add(const compose::Existing& container, std::function<void()> on_end, const std::string& since = {}, Show show = Show::Output);

  private:
    void print(const std::string& name, bool is_error, std::string_view line);
    std::string prefix_of(const std::string& name);

    ComposeSession& session_;
    Options options_;
    std::size_t width_ = 0;
    std::map<std::string, std::size_t> colors_; ///< by name, in the order of appearance
};

} // namespace skiff::cli
