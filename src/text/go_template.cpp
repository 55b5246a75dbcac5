#include "text/go_template.hpp"

#include "text/go_format.hpp"
#include "text/template_executor.hpp"
#include "text/template_parser.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace skiff::text {
namespace {

/// The field that a pipeline shows, for a heading: the first one in it.
const Operand* find_shown_field(const Pipeline& pipeline)
{
    for (const Command& command : pipeline.commands) {
        for (const Operand& operand : command.operands) {
            if (operand.kind == Operand::Kind::Field)
                return &operand;
            const Operand& inner = operand.kind == Operand::Kind::Chain ? operand.base.front() : operand;
            if (inner.kind == Operand::Kind::Parenthesized)
                if (const Operand* field = find_shown_field(inner.nested.front()))
                    return operand.kind == Operand::Kind::Chain ? &operand : field;
        }
    }
    return nullptr;
}

std::string heading_of(const Pipeline& pipeline, const nlohmann::json& known)
{
    const std::vector<Operand>& words = pipeline.commands.front().operands;
    const bool lookup = words.size() == 2 && words[0].kind == Operand::Kind::Field && words[1].constant.is_string();
    if (lookup) // .Label "x" shows x
        return to_upper(words[1].constant.get<std::string>());
    if (const Operand* field = find_shown_field(pipeline)) {
        const auto heading = known.find(field->names.back());
        return heading != known.end() && heading->is_string() ? heading->get<std::string>()
                                                              : column_heading(field->names.back());
    }
    return pipeline.variables.empty() && words[0].kind == Operand::Kind::Constant ? go_text(words[0].constant) : "";
}

std::string heading_of(const std::vector<Statement>& body, const TemplateTree& tree, const nlohmann::json& known,
                       int depth)
{
    std::string out;
    for (const Statement& statement : body) {
        switch (statement.kind) {
        case Statement::Kind::Text:
            out += statement.text;
            break;
        case Statement::Kind::Print:
            out += heading_of(statement.pipeline, known);
            break;
        case Statement::Kind::Call:
            if (const auto called = tree.bodies.find(statement.text); called != tree.bodies.end() && depth < 10)
                out += heading_of(called->second, tree, known, depth + 1);
            break;
        default:
            out += heading_of(statement.body, tree, known, depth);
        }
    }
    return out;
}

enum class Letter
{
    Small,
    Capital,
    Digit,
    Other
};

Letter letter(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return std::islower(byte) != 0   ? Letter::Small
           : std::isupper(byte) != 0 ? Letter::Capital
           : std::isdigit(byte) != 0 ? Letter::Digit
                                     : Letter::Other;
}

} // namespace

DataType::DataType(std::string type_name)
    : name{std::move(type_name)},
      maps{"Annotations", "Attributes", "BuildArgs", "CgroupConf", "Containers", "Data", "DriverOpts", "ExposedPorts", "GraphOptions",
           "GraphStatus", "Labels",     "Networks",  "Options",    "Opts",       "PortBindings", "Ports",
           "Registries",  "StorageOpt", "Sysctls",   "Tmpfs",      "UnmapPorts", "Volumes"},
      times{"CheckpointedAt", "Created",    "CreatedAt", "FinishedAt",
            "ImportedAt",     "RestoredAt", "StartedAt", "UpdatedAt"}
{
}

Template Template::parse(std::string text, std::string name)
{
    return Template{std::make_shared<const TemplateTree>(parse_template(std::move(text), std::move(name)))};
}

std::string Template::execute(const nlohmann::json& data, const DataType& type) const
{
    return execute_template(*tree_, Json(data), type);
}

std::string Template::execute(const nlohmann::ordered_json& data, const DataType& type) const
{
    return execute_template(*tree_, data, type);
}

std::string Template::heading(const nlohmann::json& known) const
{
    return heading_of(tree_->bodies.at(tree_->name), *tree_, known, 0);
}

std::string column_heading(std::string_view field)
{
    std::string out;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const Letter here = letter(field[i]);
        if (i > 0) {
            const Letter before = letter(field[i - 1]);
            const bool small_follows = i + 1 < field.size() && letter(field[i + 1]) == Letter::Small;
            const bool first_of_word = here == Letter::Capital && before == Letter::Capital && small_follows;
            const bool changes = here != before && !(before == Letter::Capital && here == Letter::Small);
            if (changes || first_of_word)
                out += ' ';
        }
        out += static_cast<char>(std::toupper(static_cast<unsigned char>(field[i])));
    }
    return out;
}

FormatText read_format(std::string_view format)
{
    constexpr std::string_view word = "table";
    FormatText result;
    if (format.substr(0, word.size()) == word && (format.size() == word.size() || format[word.size()] == ' ')) {
        result.table = true;
        format.remove_prefix(word.size());
        format.remove_prefix(std::min(format.find_first_not_of(' '), format.size()));
    }
    bool inside = false; // of {{ }}, where Go's own escapes hold
    for (std::size_t i = 0; i < format.size(); ++i) {
        const std::string_view two = format.substr(i, 2);
        if (two == "{{" || two == "}}")
            inside = two == "{{";
        if (!inside && (two == "\\t" || two == "\\n")) {
            result.text += two == "\\t" ? '\t' : '\n';
            ++i;
        } else {
            // The blanks between a table's cells are tabs, too.
            result.text += result.table && !inside && format[i] == ' ' ? '\t' : format[i];
        }
    }
    return result;
}

} // namespace skiff::text
