#include "cli/build_screen.hpp"

#include "base/cat.hpp"
#include "cli/attach_terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace skiff::cli {
namespace {

constexpr std::chrono::milliseconds redraw_interval{80};
constexpr std::size_t shown_lines = 4; ///< of a command's output

void write_screen(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

std::size_t screen_width()
{
    const auto size = find_terminal_size();
    return size && size->columns > 10 ? size->columns : 80;
}

/// At most `width` columns, as far as each character takes one.
std::string fit(const std::string& text, std::size_t width)
{
    std::size_t columns = 0, at = 0;
    for (; at < text.size(); ++at)
        if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80 && ++columns > width)
            break;
    return text.substr(0, at);
}

std::string seconds_since(SteadyClock::time_point began)
{
    const double seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
    char text[32];
    (void)std::snprintf(text, sizeof text, "%.1fs", seconds);
    return text;
}

/// The last lines of what a command wrote, without what would steer the terminal; a carriage return begins a line anew.
std::vector<std::string> last_lines(const std::string& output, std::size_t count)
{
    std::vector<std::string> lines{""};
    for (const char c : output) {
        if (c == '\n')
            lines.emplace_back();
        else if (c == '\r')
            lines.back().clear();
        else
            lines.back() += c;
    }
    if (lines.back().empty())
        lines.pop_back();
    if (lines.size() > count)
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
    for (std::string& line : lines)
        line = printable(line);
    return lines;
}

} // namespace

BuildScreen::BuildScreen() = default;

BuildScreen::~BuildScreen() { erase(); }

BuildScreen::Stage& BuildScreen::stage(const engine::StageTitle& title)
{
    Stage& known = stages_[title.number];
    known.title = title;
    return known;
}

std::string BuildScreen::head_of(const Stage& stage) const
{
    const std::string where = stage.title.count > 1 ? cat(stage.title.name, " ") : "";
    return cat("[", where, stage.number, "/", stage.count, "] ", stage.step);
}

void BuildScreen::step(const engine::StageTitle& title, std::size_t number, std::size_t count, const std::string& text)
{
    Stage& now = stage(title);
    if (std::exchange(now.works, false)) // FROM ends without a word of its own
        print_line(cat(" = ", head_of(now), "  ", seconds_since(now.began)));
    now.number = number;
    now.count = count;
    now.step = printable(text);
    now.began = SteadyClock::now();
    now.output.clear();
    now.works = true;
    draw(true);
}

void BuildScreen::output(const engine::StageTitle& title, monitor::Stream /*stream*/, std::string_view bytes)
{
    Stage& now = stage(title);
    now.output.append(bytes);
    last_output_ = now.output.text();
    draw(false);
}

void BuildScreen::step_done(const engine::StageTitle& title, bool cached, const std::string& /*id*/)
{
    Stage& now = stage(title);
    now.works = false;
    print_line(cat(cached ? " = " : " + ", head_of(now), "  ", cached ? std::string{"cached"} : seconds_since(now.began)));
    now.output.clear();
}

void BuildScreen::note(const engine::StageTitle& title, const std::string& line)
{
    (void)stage(title);
    print_line(cat("   ", printable(line)));
}

void BuildScreen::stage_done(const engine::StageTitle& title)
{
    stages_.erase(title.number);
    draw(true);
}

void BuildScreen::say(const std::string& line) { print_line(printable(line)); }

void BuildScreen::commit(const std::string& name)
{
    stages_.clear();
    print_line(name.empty() ? "COMMIT" : cat("COMMIT ", printable(name)));
}

std::string BuildScreen::unseen_output() const { return printable(last_output_, true); }

void BuildScreen::print_line(const std::string& line)
{
    erase();
    write_screen(fit(line, screen_width()) + "\n");
    draw(true);
}

void BuildScreen::erase()
{
    if (drawn_ > 0)
        write_screen(cat("\x1b[", drawn_, "A\r\x1b[J")); // up, and all below goes
    drawn_ = 0;
}

void BuildScreen::draw(bool now)
{
    const auto time = SteadyClock::now();
    if (!now && time - last_draw_ < redraw_interval)
        return;
    last_draw_ = time;
    const std::size_t width = screen_width();
    std::string screen;
    std::size_t lines = 0;
    for (const auto& [number, stage] : stages_) {
        if (!stage.works)
            continue;
        screen += fit(cat(" > ", head_of(stage), "  ", seconds_since(stage.began)), width - 1) + "\n";
        ++lines;
        for (const std::string& line : last_lines(stage.output.text(), shown_lines)) {
            screen += fit(cat("   | ", line), width - 1) + "\n";
            ++lines;
        }
    }
    erase();
    write_screen(screen);
    drawn_ = lines;
}

} // namespace skiff::cli
