#include "build/ignore_file.hpp"

#include "base/error.hpp"
#include "build/place.hpp"

#include <algorithm>

namespace skiff::build {
namespace {

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\v\f\r";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::size_t last = text.find_last_not_of(blanks);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool matches_or_parent(const PathPattern& pattern, std::string_view path)
{
    if (pattern.matches(path))
        return true;
    for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/', slash - 1)) {
        if (pattern.matches(path.substr(0, slash)))
            return true;
        if (slash == 0)
            break;
    }
    return false;
}

} // namespace

void IgnoreRules::add(std::string_view text, int line)
{
    std::string_view pattern = trim(text);
    if (pattern.empty())
        return;
    const bool is_exception = pattern[0] == '!';
    if (is_exception)
        pattern = trim(pattern.substr(1));
    if (pattern.empty())
        throw Error{ErrorKind::Failure, "illegal exclusion pattern: \"!\""};
    PathPattern path_pattern{pattern};
    if (path_pattern.text().empty()) // "." or "/": the root itself, which is always there
        path_pattern = PathPattern{"**"};
    rules_.push_back({std::move(path_pattern), is_exception, line, std::string{trim(text)}});
}

IgnoreRules IgnoreRules::parse(std::string_view text, std::string file)
{
    if (text.size() > max_ignore_file_bytes)
        throw Error{ErrorKind::Failure, cat(file, " is larger than ", max_ignore_file_bytes >> 20U, " MiB")};
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
        text.remove_prefix(byte_order_mark.size());
    IgnoreRules rules;
    rules.file_ = std::move(file);
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view entry = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (entry.empty() || entry[0] == '#')
            continue;
        while_doing(cat(rules.file_, ":", line), [&] { rules.add(entry, line); });
    }
    return rules;
}

IgnoreRules IgnoreRules::from_patterns(const std::vector<std::string>& patterns)
{
    IgnoreRules rules;
    for (const std::string& pattern : patterns)
        rules.add(pattern, 0);
    return rules;
}

const IgnoreRules::Rule* IgnoreRules::find_hiding(std::string_view path) const
{
    for (std::size_t i = rules_.size(); i-- > 0;)
        if (matches_or_parent(rules_[i].pattern, path))
            return rules_[i].is_exception ? nullptr : &rules_[i];
    return nullptr;
}

bool IgnoreRules::may_show_below(std::string_view path) const
{
    return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.is_exception && rule.pattern.may_match_below(path); });
}

} // namespace skiff::build
