#include "cli/compose/log_view.hpp"

#include "base/file.hpp"
#include "cli/run_words.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::array<int, 12> palette{36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91};

} // namespace

LogView::LogView(ComposeSession& session, Options options) : session_{session}, options_{std::move(options)} {}

void LogView::reserve(const std::string& name)
{
    width_ = std::max(width_, name.size());
    colors_.emplace(name, colors_.size());
}

std::string LogView::prefix_of(const std::string& name)
{
    reserve(name);
    const std::string padded = cat(name, std::string(width_ - name.size(), ' '), "  | ");
    if (!session_.wants_colors())
        return padded;
    return cat("\x1b[", palette[colors_.at(name) % palette.size()], "m", padded, "\x1b[0m");
}

void LogView::print(const std::string& name, bool /*is_error*/, std::string_view line)
{
    // One stream, as Compose has it: the order of lines is worth more.
    std::string text = options_.prefix ? prefix_of(name) : std::string{};
    text += line;
    text += '\n';
    session_.board().make_room_for([&] { write_all(STDOUT_FILENO, text, "standard output"); });
}

void LogView::add(const compose::Existing& container, std::function<void()> on_end, const std::string& since, Show show)
{
    std::vector<std::string> words{"logs"};
    if (options_.follow)
        words.emplace_back("--follow");
    if (options_.timestamps)
        words.emplace_back("--timestamps");
    if (!options_.tail.empty())
        words.push_back(cat("--tail=", options_.tail));
    if (!since.empty() || !options_.since.empty())
        words.push_back(cat("--since=", since.empty() ? options_.since : since));
    if (!options_.until.empty())
        words.push_back(cat("--until=", options_.until));
    words.push_back(container.id);
    const std::string name = container.short_name();
    if (show == Show::Output)
        reserve(name);
    session_.crew().start_beside([&session = session_, words] { return run_words(session.invocation(), words); },
                                 [on_end = std::move(on_end)](const Crew::Result&) { on_end(); },
                                 [this, name, show](bool is_error, std::string_view line) {
                                     if (show == Show::Output)
                                         print(name, is_error, line);
                                 });
}

} // namespace skiff::cli
