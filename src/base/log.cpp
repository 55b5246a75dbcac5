#include "base/log.hpp"

#include "base/cat.hpp"

#include <ctime>
#include <string>
#include <unistd.h>

namespace skiff::log {
namespace {

Level& threshold()
{
    static Level level = Level::Warn; // the one piece of process-wide state: which talk the user asked for
    return level;
}

/// One write per line, so that lines of several processes do not mix.
void print(const std::string& line) { (void)!::write(STDERR_FILENO, line.data(), line.size()); }

std::string logrus_line(std::string_view level, std::string_view message)
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::localtime_r(&now, &parts);
    char stamp[40];
    const std::size_t length = std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &parts);
    std::string zone{stamp, length};
    if (zone.size() > 2)
        zone.insert(zone.size() - 2, ":");
    std::string text;
    for (const char c : printable(message)) {
        if (c == '"' || c == '\\')
            text += '\\';
        text += c;
    }
    return cat("time=\"", zone, "\" level=", level, " msg=\"", text, "\"\n");
}

} // namespace

void set_level(Level level) { threshold() = level; }
bool enabled(Level level) { return level >= threshold(); }

void trace(std::string_view message)
{
    if (enabled(Level::Trace))
        print(logrus_line("trace", message));
}

void debug(std::string_view message)
{
    if (enabled(Level::Debug))
        print(logrus_line("debug", message));
}

void info(std::string_view message)
{
    if (enabled(Level::Info))
        print(logrus_line("info", message));
}

void warn(std::string_view message)
{
    if (enabled(Level::Warn))
        print(cat("Warning: ", printable(message), "\n"));
}

void warn_structured(std::string_view message)
{
    if (enabled(Level::Warn))
        print(logrus_line("warning", message));
}

} // namespace skiff::log
