#pragma once

#include "base/unique_fd.hpp"
#include "build/ignore_file.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

/// Where COPY and ADD take files from: the context, with its ignore rules, or the root of a stage or image, without.
///
/// Either may be hostile and may change meanwhile: every path is resolved inside the tree (security.md R1 to R4).
namespace skiff::build {

struct SourceTree
{
    int root = -1;                       ///< borrowed; a directory
    const IgnoreRules* ignore = nullptr; ///< borrowed; nullptr: nothing is hidden
    std::string name;                    ///< for messages: "the context", "stage 'builder'"
};

/// Which files one COPY names.
struct SourceSelection
{
    std::vector<std::string> patterns; ///< as written, variables filled in
    std::vector<std::string> excludes;
    bool parents = false; ///< keep the path of each file; a "/./" in a pattern marks where the kept part begins
};

/// One file or directory that a pattern names.
struct SelectedSource
{
    std::string path;   ///< in the tree, without a slash at its front; "" for the tree itself
    std::string prefix; ///< with --parents: directories of the destination that it goes below, "a/b"; else empty
    struct stat status{}; ///< links followed
    bool is_wildcard = false;
    UniqueFd fd; ///< O_PATH
};

/// In the order of the patterns; what one wildcard matches is sorted. Throws Error(NotFound) for a plain path that does not
/// exist (with the ignore rule that hides it), and when nothing at all was found; `warn` hears of wildcards without a match.
std::vector<SelectedSource> select_sources(const SourceTree& tree, const SourceSelection& selection, const std::function<void(const std::string&)>& warn);

/// Whether a file below a selected source takes part: neither hidden by the tree's rules nor excluded.
class SourceFilter
{
  public:
    SourceFilter(const SourceTree& tree, const SourceSelection& selection);
    /// `path` is in the tree; `below_source` the part below the selected source ("" for itself).
    [[nodiscard]] bool wants(std::string_view path, std::string_view below_source) const;
    /// Whether something below a directory that is not wanted may be wanted.
    [[nodiscard]] bool may_want_below(std::string_view path, std::string_view below_source) const;

  private:
    const IgnoreRules* ignore_;
    IgnoreRules excludes_;
};

} // namespace skiff::build
