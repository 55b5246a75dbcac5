#include "cli/values_environment.hpp"

#include "base/file.hpp"
#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/env_file.hpp"
#include "text/go_quote.hpp"

#include <cstdlib>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::string_view blanks = " \t";

/// The name of a line, without the blanks in front of it. Others are a mistake.
std::string read_name(const std::string& head, std::string_view line)
{
    if (head.empty())
        throw usage_error(cat("invalid environment variable: ", text::go_quoted(line)));
    std::string name = head.substr(std::min(head.find_first_not_of(blanks), head.size()));
    if (name.find_first_of(blanks) != std::string::npos)
        throw usage_error(cat("name ", text::go_quoted(name), " has white spaces, poorly formatted name"));
    return name;
}

void add_all_with_prefix(NamedValues& variables, std::string_view prefix)
{
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        Cut cut = cut_at(*entry, '=');
        if (cut.tail && std::string_view{cut.head}.starts_with(prefix))
            variables.emplace_back(std::move(cut.head), std::move(*cut.tail));
    }
}

/// Go's words for a file that is not there, which scripts compare.
std::string read_lines(std::string_view what, const std::string& path)
{
    try {
        return read_file(AT_FDCWD, path);
    } catch (const Error& error) {
        if (error.errno_value() == 0)
            throw;
        throw Error{error.errno_value(), cat("parsing ", what, " file ", text::go_quoted(path), ": open ", path)};
    }
}

} // namespace

void add_environment(NamedValues& variables, std::string_view text)
{
    Cut cut = cut_at(text, '=');
    std::string name = read_name(cut.head, text);
    if (cut.tail)
        variables.emplace_back(std::move(name), std::move(*cut.tail));
    else if (name.ends_with('*'))
        add_all_with_prefix(variables, std::string_view{name}.substr(0, name.size() - 1));
    else if (const char* value = std::getenv(name.c_str()); value != nullptr)
        variables.emplace_back(std::move(name), value);
}

void add_environment_file(NamedValues& variables, const std::string& path)
{
    if (path.empty()) // --env-file="$FILE" of a script that has none
        return;
    for (const text::EnvFileEntry& entry : text::parse_env_file(read_lines("env", path), path))
        if (entry.value)
            variables.emplace_back(entry.name, *entry.value);
        else
            add_environment(variables, entry.name);
}

void add_label_file(std::map<std::string, std::string>& labels, const std::string& path)
{
    for (const text::EnvFileEntry& entry : text::parse_env_file(read_lines("label", path), path))
        labels[entry.name] = entry.value.value_or("");
}

NamedValues make_environment(const std::vector<std::string>& files, const std::vector<std::string>& variables)
{
    NamedValues all;
    for (const std::string& file : files)
        add_environment_file(all, file);
    for (const std::string& variable : variables)
        add_environment(all, variable);
    return all;
}

std::map<std::string, std::string> make_labels(const std::vector<std::string>& files,
                                               const std::vector<std::string>& labels)
{
    std::map<std::string, std::string> all;
    for (const std::string& file : files)
        add_label_file(all, file);
    for (const std::string& label : labels)
        add_label(all, label);
    return all;
}

} // namespace skiff::cli
