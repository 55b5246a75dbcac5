#pragma once

#include <string>
#include <string_view>

/// Text for man(1).
namespace skiff::cli {

/// `text` so that troff shows it as it is.
std::string roff_escaped(std::string_view text);

/// The Markdown that our prose is written in: ## and ### headings, paragraphs, "- " lists, code blocks (indented by
/// four spaces, or fenced), `code`, **bold** and *emphasis*.
std::string roff_from_markdown(std::string_view markdown);

} // namespace skiff::cli
