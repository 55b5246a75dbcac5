#pragma once

#include <string>

/// Questions to the person at the terminal. They are written to standard error, and answered on standard input.
namespace skiff::cli {

/// One line, without its end. Throws when standard input has none.
std::string ask_line(const std::string& question);

/// As ask_line, while the terminal does not show what is typed. Throws when standard input is no terminal. The terminal
/// is as it was before, also when the answer is ctrl-C.
std::string ask_secret(const std::string& question);

} // namespace skiff::cli
