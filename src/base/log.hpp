#pragma once

#include <string_view>

/// Talk for the person at the terminal, on standard error. Code below cli/ uses only these, never a stream.
namespace skiff::log {

enum class Level { Trace, Debug, Info, Warn, Error, Fatal, Panic };

/// Everything below `level` is dropped. The default is Warn, as Podman's.
void set_level(Level level);
[[nodiscard]] bool enabled(Level level);

void trace(std::string_view message);
void debug(std::string_view message);
void info(std::string_view message);
/// One line "Warning: ..."; for things that the user should know although the command goes on.
void warn(std::string_view message);
/// A warning in logrus' form, `time="..." level=warning msg="..."`, which scripts that watch Podman look for.
void warn_structured(std::string_view message);

} // namespace skiff::log
