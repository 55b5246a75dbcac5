#include "build/path_pattern.hpp"

#include "base/error.hpp"
#include "text/glob.hpp"

#include <algorithm>

namespace skiff::build {
namespace {

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> components;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0)
            components.emplace_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return components;
}

/// "a**b" has no meaning of its own: there the two stars are one.
std::string single_stars(const std::string& component)
{
    std::string out;
    for (const char c : component)
        if (c != '*' || out.empty() || out.back() != '*' || (out.size() > 1 && out[out.size() - 2] == '\\'))
            out += c;
    return out;
}

PathPattern::Component make_component(const std::string& text)
{
    if (text == "**")
        return {text, true, false};
    const bool is_literal = text.find_first_of("*?[\\") == std::string::npos;
    return {single_stars(text), false, is_literal};
}

bool matches_component(const PathPattern::Component& pattern, std::string_view name)
{
    return pattern.is_literal ? pattern.text == name : text::matches_path(pattern.text, name);
}

/// One row per component of the pattern: `reached[i]` says that the first i of them stand for the path so far.
using Reached = std::vector<bool>;

void skip_any(const std::vector<PathPattern::Component>& pattern, Reached& reached)
{
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (reached[i] && pattern[i].is_any_depth)
            reached[i + 1] = true;
}

Reached reach(const std::vector<PathPattern::Component>& pattern, std::string_view path)
{
    Reached reached(pattern.size() + 1);
    reached[0] = true;
    skip_any(pattern, reached);
    for (const std::string& component : split(path)) {
        Reached next(pattern.size() + 1);
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (!reached[i])
                continue;
            if (pattern[i].is_any_depth)
                next[i] = true;
            else if (matches_component(pattern[i], component))
                next[i + 1] = true;
        }
        skip_any(pattern, next);
        reached = std::move(next);
    }
    return reached;
}

} // namespace

std::string clean_relative_path(std::string_view path)
{
    std::vector<std::string> kept;
    for (std::string& component : split(path)) {
        if (component == ".")
            continue;
        if (component != "..")
            kept.push_back(std::move(component));
        else if (!kept.empty())
            kept.pop_back();
    }
    std::string out;
    for (const std::string& component : kept)
        out += (out.empty() ? "" : "/") + component;
    return out;
}

PathPattern::PathPattern(std::string_view text) : text_(clean_relative_path(text))
{
    for (const std::string& component : split(text_)) {
        components_.push_back(make_component(component));
        (void)text::matches_path(components_.back().text, ""); // throws for a malformed one
    }
    // "dir/**" is everything below dir, and not dir itself.
    if (!components_.empty() && components_.back().is_any_depth)
        components_.push_back(make_component("*"));
}

bool PathPattern::matches(std::string_view path) const
{
    return reach(components_, path).back();
}

bool PathPattern::may_match_below(std::string_view path) const
{
    const Reached reached = reach(components_, path);
    return std::find(reached.begin(), reached.end() - 1, true) != reached.end() - 1;
}

} // namespace skiff::build
