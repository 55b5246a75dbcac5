#pragma once

#include "base/clock.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::cli {

/// What is being done to many things at once, on standard error or what `stream` is: a table that is redrawn on a terminal, a line for each change elsewhere.
class Board
{
  public:
    enum class Style
    {
        Auto, ///< Terminal where the stream is one
        Terminal,
        Plain,
        Json,
        Quiet,
    };
    Board(Style style, bool colors, int stream);
    ~Board();
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    enum class State
    {
        Working,
        Done,
        Failed,
        Warning
    };
    /// `subject` is "Container p-web-1", `word` "Starting" or "Started".
    void set(const std::string& subject, const std::string& word, State state);
    /// Whether it shows lines, among which others may stand.
    [[nodiscard]] bool shows_lines() const { return style_ == Style::Plain; }
    /// A line of its own, above the table.
    void say(const std::string& line);
    /// Whoever else writes to the terminal while a table is drawn does it here: the table is taken away and drawn again below. What
    /// is written behind its back vanishes when it is drawn the next time.
    void make_room_for(const std::function<void()>& writing);
    /// Redraws: times go on.
    void tick();
    /// What is drawn stays; further lines go below it.
    void settle();

  private:
    struct Row
    {
        std::string subject, word;
        State state = State::Working;
        SteadyClock::time_point began;
        SteadyClock::duration took{};
    };
    void draw();
    void erase();
    void write(const std::string& text) const;

    Style style_;
    bool colors_;
    int stream_;
    std::vector<Row> rows_;
    std::size_t drawn_ = 0;
};

} // namespace skiff::cli
