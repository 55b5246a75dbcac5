#pragma once

#include "base/error.hpp"

namespace skiff::cli {

/// The whole program but for roles: parses argv, runs the command, prints the one error; returns the exit code.
int run_command_line(int argc, char** argv);

/// "Error: ..." and, when there is one, "hint: ..." on standard error. Control characters of strangers are escaped.
void print_error(const Error& error);

} // namespace skiff::cli
