#pragma once

#include "model/create_request.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Variables of the command line. What stands for variables of the caller (NAME, PREFIX*) is looked up here, so that
/// nothing behind the command line reads the environment.
namespace skiff::cli {

/// NAME=VALUE, NAME (the caller's value, nothing when it has none) or PREFIX* (all of the caller's that begin so).
/// Errors: `invalid environment variable: "=x"`.
void add_environment(NamedValues& variables, std::string_view text);

/// A file of such lines; '#' begins a comment line. Errors name the file.
void add_environment_file(NamedValues& variables, const std::string& path);

/// A file of KEY=VALUE lines for labels.
void add_label_file(std::map<std::string, std::string>& labels, const std::string& path);

/// Files first, then single variables, whatever the order on the command line.
NamedValues make_environment(const std::vector<std::string>& files, const std::vector<std::string>& variables);
std::map<std::string, std::string> make_labels(const std::vector<std::string>& files,
                                               const std::vector<std::string>& labels);

} // namespace skiff::cli
