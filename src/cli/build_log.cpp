#include "cli/build_log.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::size_t max_line = 64U * 1024U;
constexpr std::size_t kept_output = 4096;

} // namespace

BuildLog::BuildLog(bool quiet, UniqueFd file) : quiet_{quiet}, file_{std::move(file)}, last_output_{kept_output} {}

BuildLog::~BuildLog() = default;

/// Whoever reads us may have gone (`| head`): then SIGPIPE ends us; a full disk is no reason to fail a build.
void BuildLog::write(int fd, std::string_view text) const
{
    if (quiet_ && !file_)
        return;
    const int to = file_ ? file_.get() : fd;
    while (!text.empty()) {
        const ssize_t put = ::write(to, text.data(), text.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
}

std::string BuildLog::prefix(const engine::StageTitle& stage)
{
    return stage.count > 1 ? cat("[", stage.number, "/", stage.count, "] ") : "";
}

void BuildLog::write_line(const engine::StageTitle& stage, const std::string& text)
{
    flush(stage);
    write(STDOUT_FILENO, cat(prefix(stage), printable(text), "\n"));
}

/// A line that the command did not end.
void BuildLog::flush(const engine::StageTitle& stage)
{
    for (const auto& [letter, fd] : {std::pair{'o', STDOUT_FILENO}, std::pair{'e', STDERR_FILENO}}) {
        std::string& rest = pending_[{stage.number, letter}];
        if (!rest.empty())
            write(fd, cat(prefix(stage), rest, "\n"));
        rest.clear();
    }
}

void BuildLog::step(const engine::StageTitle& stage, std::size_t number, std::size_t count, const std::string& text)
{
    last_step_of_ = number == count && stage.number == stage.count ? stage.number : 0;
    write_line(stage, cat("STEP ", number, "/", count, ": ", text));
}

void BuildLog::output(const engine::StageTitle& stage, monitor::Stream stream, std::string_view bytes)
{
    if (quiet_)
        last_output_.append(bytes);
    const int fd = stream == monitor::Stream::Stderr ? STDERR_FILENO : STDOUT_FILENO;
    if (stage.count <= 1) {
        write(fd, bytes);
        return;
    }
    std::string& rest = pending_[{stage.number, stream == monitor::Stream::Stderr ? 'e' : 'o'}];
    rest += bytes;
    std::string lines;
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos || rest.size() > max_line;) {
        const std::size_t length = end == std::string::npos ? max_line : end;
        lines += cat(prefix(stage), std::string_view{rest}.substr(0, length), "\n");
        rest.erase(0, std::min(rest.size(), end == std::string::npos ? length : length + 1));
    }
    write(fd, lines);
}

void BuildLog::step_done(const engine::StageTitle& stage, bool cached, const std::string& id)
{
    constexpr std::size_t shown = 12;
    last_output_.clear();
    if (cached)
        write_line(stage, cat("--> Using cache ", id));
    if (last_step_of_ != stage.number) // what that makes is shown as the image
        write_line(stage, cat("--> ", id.substr(0, shown)));
}

void BuildLog::note(const engine::StageTitle& stage, const std::string& text) { write_line(stage, text); }

void BuildLog::stage_done(const engine::StageTitle& stage) { flush(stage); }

void BuildLog::say(const std::string& text) { write(STDERR_FILENO, printable(text) + "\n"); }

void BuildLog::commit(const std::string& name) { line(name.empty() ? "COMMIT" : cat("COMMIT ", name)); }

void BuildLog::line(const std::string& text) { write(STDOUT_FILENO, printable(text) + "\n"); }

std::string BuildLog::unseen_output() const { return last_output_.text(); }

} // namespace skiff::cli
