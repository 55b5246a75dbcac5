#pragma once

#include "build/path_pattern.hpp"

#include <string>
#include <string_view>
#include <vector>

/// .containerignore and .dockerignore.
namespace skiff::build {

constexpr std::size_t max_ignore_file_bytes = 1U << 20U;

class IgnoreRules
{
  public:
    struct Rule
    {
        PathPattern pattern;
        bool is_exception = false; ///< `!pattern`
        int line = 0;
        std::string text; ///< as written
    };

    IgnoreRules() = default;
    /// Throws Error(Failure) "FILE:LINE: ..." for a malformed pattern. Source: the Dockerfile reference, ".dockerignore".
    static IgnoreRules parse(std::string_view text, std::string file);
    /// `--exclude` of COPY: patterns without a file.
    static IgnoreRules from_patterns(const std::vector<std::string>& patterns);

    /// The rule that hides `path` ("a/b", from the root of the context); nullptr when it is visible. The last rule that
    /// matches it or a directory above it decides.
    [[nodiscard]] const Rule* find_hiding(std::string_view path) const;
    /// Whether an exception could show something below the hidden directory `path`.
    [[nodiscard]] bool may_show_below(std::string_view path) const;

    [[nodiscard]] bool empty() const { return rules_.empty(); }
    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }
    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    void add(std::string_view text, int line);

    std::string file_;
    std::vector<Rule> rules_;
};

} // namespace skiff::build
