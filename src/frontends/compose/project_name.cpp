#include "frontends/compose/project_name.hpp"

#include "frontends/compose/variables.hpp"

namespace skiff::compose {
namespace {

std::string name_of_directory(const Document& document) { return normal_name(document.directory.substr(document.directory.rfind('/') + 1)); }

/// -p, or COMPOSE_PROJECT_NAME; empty without.
std::string given_name(const Document& document, const LoadRequest& request)
{
    return request.project_name.empty() ? find_variable(document.variables, "COMPOSE_PROJECT_NAME") : request.project_name;
}

} // namespace

std::string find_early_name(const Document& document, const LoadRequest& request)
{
    const std::string given = given_name(document, request);
    return given.empty() ? name_of_directory(document) : given;
}

void choose_name(Document& document, const LoadRequest& request)
{
    std::string name = given_name(document, request);
    if (name.empty())
        name = document.model.text_of("name");
    if (name.empty())
        name = name_of_directory(document);
    if (name.empty())
        throw Error{ErrorKind::Failure, "project name must not be empty"}.with_hint("give one with -p, or as name: in the file");
    if (name != normal_name(name))
        throw Error{ErrorKind::Failure,
                    cat("invalid project name ", quoted(name),
                        ": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a "
                        "letter or number")};
    document.name = name;
    document.model.set("name", Node::make_text(name));
    document.variables["COMPOSE_PROJECT_NAME"] = name;
}

std::string normal_name(const std::string& text)
{
    std::string name;
    for (const char c : text) {
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const bool letter = (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
        if (letter || ((small == '_' || small == '-') && !name.empty()))
            name += small;
    }
    return name;
}

} // namespace skiff::compose
