#include "cli/progress.hpp"

#include "base/cat.hpp"
#include "cli/attach_terminal.hpp"
#include "cli/prompt.hpp"
#include "text/size.hpp"

#include <algorithm>
#include <charconv>
#include <unistd.h>

namespace skiff::cli {
namespace {

void write_error(const std::string& text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

bool is_drawable()
{
    const char* terminal = ::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
    return ::isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view{terminal} != "dumb";
}

constexpr std::chrono::milliseconds redraw_interval{80};

} // namespace

ProgressPrinter::ProgressPrinter(bool quiet, const Interruption* interruption)
    : interruption_{interruption}, quiet_{quiet}, terminal_{is_drawable()}
{
}

ProgressPrinter::~ProgressPrinter()
{
    if (!quiet_ && terminal_ && !bars_.empty())
        draw(true);
}

void ProgressPrinter::say(const std::string& line)
{
    if (quiet_)
        return;
    if (drawn_ > 0) { // the bars so far stay where they are
        draw(true);
        drawn_ = 0;
        bars_.clear();
    }
    write_error(printable(line) + "\n");
}

ProgressPrinter::Bar& ProgressPrinter::bar(const std::string& id)
{
    const auto found = std::find_if(bars_.begin(), bars_.end(), [&](const Bar& b) { return b.id == id; });
    if (found != bars_.end())
        return *found;
    bars_.push_back({id, 0, 0, {}, SteadyClock::now()});
    return bars_.back();
}

void ProgressPrinter::blob(const std::string& id, std::uint64_t done, std::uint64_t total)
{
    if (quiet_ || !terminal_)
        return;
    Bar& changed = bar(id);
    changed.done = done;
    changed.total = total;
    draw(false);
}

void ProgressPrinter::blob_done(const std::string& id, const std::string& note)
{
    if (quiet_)
        return;
    if (!terminal_) {
        write_error(cat("Copying blob ", id, " ", note, "\n"));
        return;
    }
    bar(id).note = note;
    draw(true);
}

bool ProgressPrinter::can_ask() const { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0; }

std::optional<std::size_t> ProgressPrinter::choose(const std::string& question, const std::vector<std::string>& choices)
{
    std::string text = cat(printable(question), "\n");
    for (std::size_t i = 0; i < choices.size(); ++i)
        text += cat("  ", i + 1, ") ", printable(choices[i]), "\n");
    write_error(text);
    for (;;) {
        const std::string answer = ask_line(cat("Number (1 to ", choices.size(), ", nothing to give up): "));
        if (answer.empty())
            return std::nullopt;
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(answer.data(), answer.data() + answer.size(), number);
        if (error == std::errc{} && end == answer.data() + answer.size() && number >= 1 && number <= choices.size())
            return number - 1;
    }
}

std::string ProgressPrinter::line_of(const Bar& b, std::size_t width) const
{
    std::string line = cat("Copying blob ", b.id, " ");
    if (!b.note.empty())
        return line + b.note;
    const double seconds = std::chrono::duration<double>(SteadyClock::now() - b.began).count();
    const double rate = seconds > 0 ? static_cast<double>(b.done) / seconds : 0;
    std::string numbers = cat(" ", text::format_bytes_decimal(b.done));
    if (b.total > 0)
        numbers += cat(" / ", text::format_bytes_decimal(b.total));
    numbers += cat("  ", text::format_bytes_decimal(static_cast<std::uint64_t>(rate)), "/s");
    if (rate > 0 && b.total > b.done)
        numbers += cat("  ", static_cast<std::uint64_t>(static_cast<double>(b.total - b.done) / rate), "s left");
    const std::size_t room = width > line.size() + numbers.size() + 3 ? width - line.size() - numbers.size() - 3 : 0;
    const std::size_t bar_width = std::min<std::size_t>(room, 30);
    if (bar_width >= 5 && b.total > 0) {
        const auto filled = static_cast<std::size_t>(static_cast<double>(bar_width) * static_cast<double>(b.done) /
                                                     static_cast<double>(b.total));
        line += cat("[", std::string(filled, '='), std::string(bar_width - filled, ' '), "]");
    }
    return (line + numbers).substr(0, width);
}

void ProgressPrinter::draw(bool now)
{
    const auto time = SteadyClock::now();
    if (!now && time - last_draw_ < redraw_interval)
        return;
    last_draw_ = time;
    const auto size = find_terminal_size();
    const std::size_t width = size ? size->columns : 80;
    std::string screen;
    if (drawn_ > 0)
        screen += cat("\x1b[", drawn_, "A"); // up, over the lines of the last drawing
    for (const Bar& b : bars_)
        screen += cat("\r", line_of(b, width), "\x1b[K\n");
    drawn_ = bars_.size();
    write_error(screen);
}

} // namespace skiff::cli
