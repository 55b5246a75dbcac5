#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Patterns over whole paths, where `**` crosses directories: ignore files, --exclude, --parents.
namespace skiff::build {

class PathPattern
{
  public:
    struct Component
    {
        std::string text;
        bool is_any_depth = false; ///< `**`
        bool is_literal = false;   ///< nothing in it stands for something else
    };

    /// Throws Error(Failure) "syntax error in pattern" for an open `[`. `text` is cleaned as a path and taken from the
    /// root of the tree. Source: moby/patternmatcher's documentation.
    explicit PathPattern(std::string_view text);

    /// `path` has no slash at its front, no `.` and no `..`.
    [[nodiscard]] bool matches(std::string_view path) const;
    /// Whether something below directory `path` could match.
    [[nodiscard]] bool may_match_below(std::string_view path) const;
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
    std::vector<Component> components_;
};

/// "a/./b//c/../d/" → "a/b/d", never above the root. "" for the root itself.
std::string clean_relative_path(std::string_view path);

} // namespace skiff::build
