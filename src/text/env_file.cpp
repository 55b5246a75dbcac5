#include "text/env_file.hpp"

#include "base/cat.hpp"
#include "base/error.hpp"
#include "text/go_quote.hpp"

#include <algorithm>

namespace skiff::text {
namespace {

std::string_view without_leading_blanks(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(" \t\v\f\r"), text.size()));
    return text;
}

EnvFileEntry parse_line(std::string_view line)
{
    if (!is_utf8(line) || line.find('\0') != std::string_view::npos)
        throw Error{ErrorKind::Failure, "the line is not text in UTF-8"};
    const std::size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    if (name.empty())
        throw Error{ErrorKind::Failure, cat("invalid environment variable: ", go_quoted(line))};
    if (name.find_first_of(" \t") != std::string_view::npos)
        throw Error{ErrorKind::Failure, cat("variable ", quoted(name), " contains whitespaces")};
    EnvFileEntry entry{std::string{name}, std::nullopt};
    if (equals != std::string_view::npos)
        entry.value = line.substr(equals + 1);
    return entry;
}

} // namespace

std::vector<EnvFileEntry> parse_env_file(std::string_view text, std::string_view file)
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
        text.remove_prefix(byte_order_mark.size());

    std::vector<EnvFileEntry> entries;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        line = without_leading_blanks(line);
        if (line.empty() || line[0] == '#')
            continue;
        entries.push_back(while_doing(cat(file, ":", number), [&] { return parse_line(line); }));
    }
    return entries;
}

} // namespace skiff::text
