#pragma once

#include "base/error.hpp"

#include <functional>
#include <string>

namespace skiff::cli {

/// The whole program but for roles: parses argv, runs the command, prints the one error; returns the exit code.
int run_command_line(int argc, char** argv);

/// "Error: ..." and, when there is one, "hint: ..." on standard error. Control characters of strangers are escaped.
void print_error(const Error& error);
std::string describe(const Error& error); ///< what print_error prints

/// A signal's number on top of it: as shells tell of an end by that signal.
constexpr int exit_code_of_signal = 128;

/// What `work` gives as exit code, or what fits the error that leaves it: that is printed.
int exit_code_of(const std::function<int()>& work);

} // namespace skiff::cli
