#include "cli/compose/board.hpp"

#include "base/cat.hpp"
#include "cli/attach_terminal.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::cli {
namespace {

bool is_drawable(int stream)
{
    const char* terminal = ::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
    return ::isatty(stream) != 0 && terminal != nullptr && std::string_view{terminal} != "dumb";
}

std::string seconds(SteadyClock::duration time)
{
    const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count() / 100;
    return cat(tenths / 10, ".", tenths % 10, "s");
}

std::string_view word_of(Board::State state)
{
    switch (state) {
    case Board::State::Working:
        return "Working";
    case Board::State::Done:
        return "Done";
    case Board::State::Failed:
        return "Error";
    case Board::State::Warning:
        return "Warning";
    }
    return "";
}

} // namespace

Board::Board(Style style, bool colors, int stream) : style_{style}, colors_{colors}, stream_{stream}
{
    if (style_ == Style::Auto)
        style_ = is_drawable(stream_) ? Style::Terminal : Style::Plain;
}

Board::~Board() { settle(); }

void Board::set(const std::string& subject, const std::string& word, State state)
{
    const auto known = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.subject == subject; });
    Row& row = known != rows_.end() ? *known : rows_.emplace_back(Row{subject, {}, State::Working, SteadyClock::now()});
    if (row.word == word && row.state == state)
        return;
    row.word = word;
    row.state = state;
    row.took = SteadyClock::now() - row.began;
    if (style_ == Style::Plain)
        write(cat(" ", printable(subject), "  ", printable(word), "\n"));
    else if (style_ == Style::Json)
        write(cat(nlohmann::ordered_json{{"id", subject}, {"status", word_of(state)}, {"text", word}}.dump(
                            -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "\n"));
    else if (style_ == Style::Terminal)
        draw();
}

void Board::say(const std::string& line)
{
    if (style_ == Style::Quiet)
        return;
    make_room_for([&] { write(printable(line, true) + "\n"); });
}

void Board::make_room_for(const std::function<void()>& writing)
{
    const bool is_drawn = drawn_ > 0;
    erase();
    writing();
    if (is_drawn)
        draw();
}

void Board::erase()
{
    if (drawn_ > 0)
        write(cat("\x1b[", drawn_, "A\x1b[J"));
    drawn_ = 0;
}

void Board::tick()
{
    if (style_ == Style::Terminal && drawn_ > 0)
        draw();
}

void Board::settle()
{
    if (style_ == Style::Terminal && drawn_ > 0)
        draw();
    drawn_ = 0;
    rows_.clear();
}

void Board::write(const std::string& text) const { (void)!::write(stream_, text.data(), text.size()); }

void Board::draw()
{
    const auto size = find_terminal_size();
    const std::size_t width = size && size->columns > 20 ? size->columns : 80;
    const std::size_t height = size && size->rows > 4 ? size->rows - 2U : 20U;
    const auto done = std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.state != State::Working; });
    std::string text = drawn_ > 0 ? cat("\x1b[", drawn_, "A\x1b[J") : std::string{};
    text += cat("[+] Running ", done, "/", rows_.size(), "\n");
    drawn_ = 1;
    std::size_t widest = 0;
    for (const Row& row : rows_)
        widest = std::max(widest, row.subject.size());
    const std::size_t first = rows_.size() > height ? rows_.size() - height : 0;
    for (std::size_t i = first; i < rows_.size(); ++i) {
        const Row& row = rows_[i];
        const bool working = row.state == State::Working;
        const std::string mark = working ? "⠿" : row.state == State::Done ? "✔" : row.state == State::Failed ? "✘" : "!";
        const std::string time = seconds(working ? SteadyClock::now() - row.began : row.took);
        std::string line = cat(" ", row.subject, std::string(widest - row.subject.size(), ' '), "  ", row.word);
        const std::size_t room = width - std::min(width, time.size() + 5);
        line.resize(std::max(std::min(line.size(), room), room), ' ');
        const std::string_view color = row.state == State::Done ? "\x1b[32m" : row.state == State::Failed ? "\x1b[31m" : "\x1b[33m";
        text += cat(" ", colors_ ? color : "", mark, colors_ ? "\x1b[0m" : "", printable(line), " ", time, "\n");
        ++drawn_;
    }
    write(text);
}

} // namespace skiff::cli
