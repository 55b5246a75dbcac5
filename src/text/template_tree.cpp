#include "text/template_tree.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"

namespace skiff::text {
namespace {

std::string dotted(const std::vector<std::string>& names, std::string_view first)
{
    std::string out;
    for (const auto& name : names)
        out += cat(out.empty() ? first : ".", name);
    return out;
}

} // namespace

std::string source_of(const Operand& operand)
{
    switch (operand.kind) {
    case Operand::Kind::Dot:
        return ".";
    case Operand::Kind::Nil:
        return "nil";
    case Operand::Kind::Constant:
        return operand.source;
    case Operand::Kind::Field:
        return dotted(operand.names, ".");
    case Operand::Kind::Variable:
    case Operand::Kind::Function:
        return dotted(operand.names, "");
    case Operand::Kind::Parenthesized:
        return cat("(", source_of(operand.nested.front()), ")");
    case Operand::Kind::Chain:
        return source_of(operand.base.front()) + dotted(operand.names, ".");
    }
    return {};
}

std::string source_of(const Command& command)
{
    std::string out;
    for (const Operand& operand : command.operands)
        out += cat(out.empty() ? "" : " ", source_of(operand));
    return out;
}

std::string source_of(const Pipeline& pipeline)
{
    std::string out;
    for (const auto& variable : pipeline.variables)
        out += cat(out.empty() ? "" : ", ", variable);
    if (!out.empty())
        out += pipeline.assigns ? " = " : " := ";
    for (std::size_t i = 0; i < pipeline.commands.size(); ++i)
        out += cat(i == 0 ? "" : " | ", source_of(pipeline.commands[i]));
    return out;
}

std::string source_of(const Statement& statement)
{
    const bool with_data = !statement.pipeline.commands.empty();
    return cat("{{template ", go_quoted(statement.text), with_data ? " " : "", source_of(statement.pipeline), "}}");
}

} // namespace skiff::text
