#pragma once

#include "build/containerfile.hpp"
#include "build/ignore_file.hpp"
#include "build/variables.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// `build --check`, and the warnings of a build.
namespace skiff::build {

enum class FindingLevel
{
    Warning, ///< the file probably does not do what was meant; shown by every build
    Advice   ///< it could be better; shown by --check
};

struct Finding
{
    std::string rule; ///< "StageNameCasing": what `# check=skip=` takes
    FindingLevel level = FindingLevel::Warning;
    Place place;
    std::string message;
    std::string fix;
};

struct LintInput
{
    const Containerfile& file;
    const BuildArgs& args;
    const IgnoreRules& ignore;
    /// The environment of a stage's base image ("NAME=value"); nothing when the image is not here.
    std::function<std::optional<std::vector<std::string>>(const Stage& stage)> find_base_env;
};

struct LintRule
{
    std::string_view name;
    FindingLevel level;
    std::string_view about; ///< one line for the manual
    void (*check)(const LintInput& input, std::vector<Finding>& findings);
};

/// Every rule, by name. The first group has BuildKit's names, the second is what lecture notes warn about.
std::span<const LintRule> lint_rules();

/// What the rules find, in the order of the file, without what the file wants to hear nothing of.
std::vector<Finding> lint(const LintInput& input);

} // namespace skiff::build
