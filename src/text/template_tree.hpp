#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What a template's text means; made by the parser, walked by the executor. Private to the go_template family.
namespace skiff::text {

using Json = nlohmann::ordered_json;

struct Pipeline;

/// One word of a command.
struct Operand
{
    enum class Kind
    {
        Dot,           ///< .
        Nil,           ///< nil
        Constant,      ///< "text", 5, true: in `constant`
        Field,         ///< .A.B: in `names`
        Variable,      ///< $x.A.B: `names`, the first with its $
        Function,      ///< a function's name: names[0]
        Parenthesized, ///< (pipeline): in `nested`
        Chain, ///< (pipeline).A.B or function.A.B: the operand before the fields in `base`, the fields in `names`
    };

    Kind kind = Kind::Dot;
    std::size_t position = 0;
    std::string source; ///< a constant as it was written
    Json constant;
    std::vector<std::string> names;
    std::vector<Pipeline> nested; ///< one, or none
    std::vector<Operand> base;    ///< one, or none
};

struct Command
{
    std::size_t position = 0;
    std::vector<Operand> operands; ///< at least one
};

struct Pipeline
{
    std::size_t position = 0;
    std::vector<std::string> variables; ///< $x := or $i, $x := or $x =
    bool assigns = false;               ///< = and not :=
    std::vector<Command> commands;
};

struct Statement
{
    enum class Kind
    {
        Text,
        Print,
        If,
        With,
        Range,
        Call,
        Break,
        Continue
    };

    Kind kind = Kind::Text;
    std::size_t position = 0;
    std::string text;  ///< of Text; the name in {{template "name"}}
    Pipeline pipeline; ///< without commands: {{template "name"}} alone
    std::vector<Statement> body;
    std::vector<Statement> otherwise;
};

struct TemplateTree
{
    std::string name;
    std::string text;
    std::map<std::string, std::vector<Statement>> bodies; ///< by name: the template itself, {{define}}s and {{block}}s
};

/// Source text again, in Go's normal form: error messages show it.
std::string source_of(const Operand& operand);
std::string source_of(const Command& command);
std::string source_of(const Pipeline& pipeline);
std::string source_of(const Statement& statement); ///< of {{template}} only

} // namespace skiff::text
