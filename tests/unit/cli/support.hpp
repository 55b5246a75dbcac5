#pragma once

#include "base/error.hpp"
#include "cli/parser.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace skiff::cli {

/// "run --rm alpine" as the program would see it; words are separated by single spaces.
inline ParsedLine parse(std::vector<std::string> words)
{
    words.insert(words.begin(), "skiff");
    return parse_command_line(words, "skiff");
}

inline ParsedLine parse(const std::string& line)
{
    return parse(line.empty() ? std::vector<std::string>{} : split_at(line, ' '));
}

/// The Args of a command line, with what its check does to them.
template <typename Args>
Args read(const std::string& line, void (*check)(const Invocation&, Args&) = nullptr)
{
    const ParsedLine parsed = parse(line);
    Args args = make_args<Args>(parsed.invocation);
    if (check != nullptr)
        check(parsed.invocation, args);
    return args;
}

/// The words of the Error that `work` throws; "nothing was thrown" otherwise.
template <typename Work>
std::string error_of(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return "nothing was thrown";
}

} // namespace skiff::cli
