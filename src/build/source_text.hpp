#pragma once

#include "build/place.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

/// A Containerfile as lines: what is one instruction, before anybody asks which.
namespace skiff::build {

constexpr std::size_t max_containerfile_bytes = 4U << 20U;

/// `<<NAME` and the lines that belong to it.
struct Heredoc
{
    std::string name;
    bool expands = true;      ///< false when the name was quoted
    bool strips_tabs = false; ///< `<<-`
    std::string body;         ///< as written, every line with its line break

    /// The body with what `<<-` takes away taken away.
    [[nodiscard]] std::string content() const;
    bool operator==(const Heredoc&) const = default;
};

/// Findings of `build --check` that the file wants to hear nothing of.
struct CheckControl
{
    bool skips_all = false;
    std::set<std::string> skipped; ///< names of rules
    bool findings_are_errors = false;
};

/// The leading `# key=value` lines.
struct Directives
{
    char escape = '\\';
    std::string syntax; ///< an external frontend; a version hint for us
    CheckControl check;
};

/// One instruction: its continued lines joined, comments between them gone.
struct SourceInstruction
{
    Place place;
    std::string keyword; ///< as written
    std::string text;    ///< the rest, without blanks around it
    std::vector<Heredoc> heredocs;
    CheckControl check;                  ///< from a comment directly above
    std::string comment;                 ///< the plain comment line directly above, without "#"; may be empty
    std::vector<int> empty_continuations; ///< lines
};

struct SourceText
{
    std::string file;
    Directives directives;
    std::vector<SourceInstruction> instructions;
};

/// Throws Error(Failure) "FILE:LINE: ..." for a bad directive, a heredoc without end, text that is not UTF-8, and a
/// file of more than max_containerfile_bytes. Source: the Dockerfile reference, "Format" and "Parser directives".
SourceText read_source_text(std::string_view text, std::string file);

/// What `word` announces when it is a heredoc's marker: `<<EOF`, `3<<-"EOF"`; else a heredoc without a name.
Heredoc heredoc_marker(std::string_view word);

} // namespace skiff::build
