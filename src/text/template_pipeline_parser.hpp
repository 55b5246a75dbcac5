#pragma once

#include "text/template_tokens.hpp"
#include "text/template_tree.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Private to the go_template family.
namespace skiff::text {

/// Reads a pipeline and the `end` token (a delimiter or a parenthesis) behind it. `variables` are the names that may be
/// used; those that the pipeline declares are added. `context` is what errors call the place: "if", "command" ...
Pipeline parse_pipeline(TokenStream& tokens, std::vector<std::string>& variables, std::string_view context,
                        Token::Type end);

} // namespace skiff::text
