#include "text/template_pipeline_parser.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"
#include "text/suggest.hpp"
#include "text/template_functions.hpp"
#include "text/template_number.hpp"

#include <algorithm>

/// Declarations, commands and operands, one function for each rule of the grammar.
namespace skiff::text {
namespace {

using Type = Token::Type;

class PipelineParser
{
  public:
    PipelineParser(TokenStream& tokens, std::vector<std::string>& variables) : tokens_{tokens}, variables_{variables} {}

    Pipeline parse_pipeline(std::string_view context, Type end)
    {
        const Deeper deeper{tokens_};
        Pipeline pipeline;
        pipeline.position = tokens_.peek_word().position;
        while (parse_declaration(pipeline, context)) {
        }
        for (;;) {
            const Token& token = tokens_.peek_word();
            if (token.type == end) {
                tokens_.next();
                check(pipeline, context);
                return pipeline;
            }
            if (!starts_operand(token.type)) {
                tokens_.next();
                tokens_.fail_unexpected(token, context);
            }
            pipeline.commands.push_back(parse_command());
        }
    }

  private:
    /// "$x :=", "$x =" or, in a range, "$i,". True when another variable follows.
    bool parse_declaration(Pipeline& pipeline, std::string_view context)
    {
        const std::size_t start = tokens_.position();
        if (tokens_.peek_word().type != Type::Variable)
            return false;
        const std::string name = tokens_.next().text;
        const Token& token = tokens_.peek_word();
        if (token.type == Type::Assign || token.type == Type::Declare) {
            pipeline.assigns = token.type == Type::Assign;
            pipeline.variables.push_back(name);
            variables_.push_back(name);
            tokens_.next();
            return false;
        }
        if (token.type == Type::Other && token.text == ",") {
            tokens_.next();
            pipeline.variables.push_back(name);
            variables_.push_back(name);
            if (context != "range" || pipeline.variables.size() >= 2)
                tokens_.fail(cat("too many declarations in ", context));
            const Type following = tokens_.peek_word().type;
            if (following != Type::Variable && following != Type::RightDelimiter && following != Type::RightParenthesis)
                tokens_.fail("range can only initialize variables");
            return true;
        }
        tokens_.go_back_to(start);
        return false;
    }

    static bool starts_operand(Type type)
    {
        switch (type) {
        case Type::Bool:
        case Type::Character:
        case Type::Dot:
        case Type::Field:
        case Type::Identifier:
        case Type::Number:
        case Type::Nil:
        case Type::RawString:
        case Type::String:
        case Type::Variable:
        case Type::LeftParenthesis:
            return true;
        default:
            return false;
        }
    }

    void check(const Pipeline& pipeline, std::string_view context) const
    {
        if (pipeline.commands.empty())
            tokens_.fail(cat("missing value for ", context));
        for (std::size_t i = 1; i < pipeline.commands.size(); ++i) {
            const Operand::Kind kind = pipeline.commands[i].operands.front().kind;
            if (kind == Operand::Kind::Constant || kind == Operand::Kind::Dot || kind == Operand::Kind::Nil)
                tokens_.fail(cat("non executable command in pipeline stage ", i + 1));
        }
    }

    /// Operands up to a pipe sign, which is consumed, or the pipeline's end, which is not.
    Command parse_command()
    {
        Command command;
        command.position = tokens_.peek_word().position;
        for (;;) {
            if (starts_operand(tokens_.peek_word().type))
                command.operands.push_back(parse_operand());
            const Token& token = tokens_.peek();
            if (token.type == Type::RightDelimiter || token.type == Type::RightParenthesis)
                break;
            tokens_.next();
            if (token.type == Type::Pipe)
                break;
            if (token.type != Type::Space)
                tokens_.fail_unexpected(token, "operand");
        }
        if (command.operands.empty())
            tokens_.fail("empty command");
        return command;
    }

    Operand parse_operand()
    {
        Operand operand = parse_term();
        if (tokens_.peek().type != Type::Field)
            return operand;
        const std::size_t position = tokens_.peek().position;
        std::vector<std::string> fields;
        while (tokens_.peek().type == Type::Field)
            fields.push_back(tokens_.next().text.substr(1));

        switch (operand.kind) {
        case Operand::Kind::Field:
        case Operand::Kind::Variable:
            operand.names.insert(operand.names.end(), fields.begin(), fields.end());
            operand.position = position;
            return operand;
        case Operand::Kind::Dot:
        case Operand::Kind::Nil:
        case Operand::Kind::Constant:
            tokens_.fail(cat("unexpected . after term ", go_quoted(source_of(operand))));
        default:
            break;
        }
        Operand chain;
        chain.kind = Operand::Kind::Chain;
        chain.position = position;
        chain.names = std::move(fields);
        chain.base.push_back(std::move(operand));
        return chain;
    }

    Operand parse_term()
    {
        const Token& token = tokens_.next_word();
        Operand operand;
        operand.position = token.position;
        operand.source = token.text;
        switch (token.type) {
        case Type::Dot:
            return operand;
        case Type::Nil:
            operand.kind = Operand::Kind::Nil;
            return operand;
        case Type::Field:
            operand.kind = Operand::Kind::Field;
            operand.names.push_back(token.text.substr(1));
            return operand;
        case Type::Variable:
            if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end())
                tokens_.fail(cat("undefined variable ", go_quoted(token.text)));
            operand.kind = Operand::Kind::Variable;
            operand.names.push_back(token.text);
            return operand;
        case Type::Identifier:
            check_function(token.text);
            operand.kind = Operand::Kind::Function;
            operand.names.push_back(token.text);
            return operand;
        case Type::LeftParenthesis:
            operand.kind = Operand::Kind::Parenthesized;
            operand.nested.push_back(parse_pipeline("parenthesized pipeline", Type::RightParenthesis));
            return operand;
        default:
            operand.kind = Operand::Kind::Constant;
            operand.constant = constant_of(token);
            return operand;
        }
    }

    Json constant_of(const Token& token) const
    {
        if (token.type == Type::Bool)
            return token.text == "true";
        if (token.type == Type::String || token.type == Type::RawString)
            return tokens_.unquoted(token);
        const ParsedNumber number =
            token.type == Type::Character ? parse_character(token.text) : parse_number(token.text);
        if (!number.complaint.empty())
            tokens_.fail(number.complaint);
        return number.value;
    }

    void check_function(const std::string& name) const
    {
        if (find_function(name) != nullptr)
            return;
        const auto nearest = find_nearest(name, function_names());
        tokens_.fail(cat("function ", go_quoted(name), " not defined"),
                     nearest ? cat("did you mean '", *nearest, "'?") : "");
    }

    TokenStream& tokens_;
    std::vector<std::string>& variables_;
};

} // namespace

Pipeline parse_pipeline(TokenStream& tokens, std::vector<std::string>& variables, std::string_view context,
                        Token::Type end)
{
    return PipelineParser{tokens, variables}.parse_pipeline(context, end);
}

} // namespace skiff::text
