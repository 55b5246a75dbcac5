#include "text/template_parser.hpp"

#include "base/error.hpp"
#include "text/go_quote.hpp"
#include "text/suggest.hpp"
#include "text/template_functions.hpp"
#include "text/template_lexer.hpp"
#include "text/template_number.hpp"

#include <algorithm>

/// A recursive descent over the tokens, one function for each rule of the grammar in the documentation of Go's
/// text/template/parse; the words of the errors and the order in which they are found are that package's.
namespace skiff::text {
namespace {

using Type = Token::Type;

/// Parentheses in parentheses, blocks in blocks: nobody writes more, and each level costs stack.
constexpr int depth_limit = 200;

bool is_blank(const std::vector<Statement>& body)
{
    return std::all_of(body.begin(), body.end(), [](const Statement& statement) {
        return statement.kind == Statement::Kind::Text &&
               statement.text.find_first_not_of(" \t\r\n") == std::string::npos;
    });
}

class Parser
{
  public:
    explicit Parser(TemplateTree& tree) : tree_{tree}, tokens_{tokenize(tree.text)} {}

    void run()
    {
        std::vector<Statement> body;
        while (peek().type != Type::End) {
            if (at_define())
                parse_definition();
            else
                parse_statement(body);
            if (end_ != Ending::None)
                fail(cat("unexpected ", source_of_ending()));
        }
        add(tree_.name, std::move(body));
    }

  private:
    /// What stopped a list of statements.
    enum class Ending
    {
        None,
        End,
        Else
    };

    // --- tokens
    // -----------------------------------------------------------------------------------------------------------

    const Token& peek()
    {
        farthest_ = std::max(farthest_, next_);
        return tokens_[next_];
    }

    /// Never moves behind the last token, which is End or Error.
    const Token& next()
    {
        const Token& token = peek();
        next_ = std::min(next_ + 1, tokens_.size() - 1);
        return token;
    }

    const Token& next_word()
    {
        while (peek().type == Type::Space)
            next();
        return next();
    }

    const Token& peek_word()
    {
        while (peek().type == Type::Space)
            next();
        return peek();
    }

    const Token& expect(Type type, std::string_view context)
    {
        const Token& token = next_word();
        if (token.type != type)
            fail_unexpected(token, context);
        return token;
    }

    [[noreturn]] void fail(const std::string& what, std::string hint = "") const
    {
        throw Error{ErrorKind::Failure, cat("template: ", tree_.name, ":", tokens_[farthest_].line, ": ", what)}
            .with_hint(std::move(hint));
    }

    [[noreturn]] void fail_unexpected(const Token& token, std::string_view context) const
    {
        if (token.type == Type::Error)
            fail(token.text);
        fail(cat("unexpected ", description_of(token), " in ", context));
    }

    // --- statements
    // -------------------------------------------------------------------------------------------------------

    bool at_define()
    {
        if (peek().type != Type::LeftDelimiter)
            return false;
        const std::size_t start = next_;
        next();
        const bool found = next_word().is_keyword("define");
        if (!found)
            next_ = start;
        return found;
    }

    void parse_definition()
    {
        constexpr std::string_view context = "define clause";
        const std::string name = template_name(context);
        expect(Type::RightDelimiter, context);
        parse_named_body(name, context);
    }

    /// The body of a {{define}} or {{block}}: a template of its own, which sees no variable from outside.
    void parse_named_body(const std::string& name, std::string_view context)
    {
        std::vector<std::string> outer_variables{"$"};
        outer_variables.swap(variables_);
        const int outer_ranges = std::exchange(ranges_, 0);
        std::vector<Statement> body = parse_list();
        if (end_ != Ending::End)
            fail(cat("unexpected ", source_of_ending(), " in ", context));
        end_ = Ending::None;
        add(name, std::move(body));
        variables_.swap(outer_variables);
        ranges_ = outer_ranges;
    }

    void add(const std::string& name, std::vector<Statement> body)
    {
        const auto known = tree_.bodies.find(name);
        if (known == tree_.bodies.end() || is_blank(known->second))
            tree_.bodies[name] = std::move(body);
        else if (!is_blank(body))
            fail(cat("template: multiple definition of template ", go_quoted(name)));
    }

    /// Statements up to {{end}} or {{else}}, which `end_` tells apart.
    std::vector<Statement> parse_list()
    {
        const Deeper deeper{*this};
        std::vector<Statement> body;
        while (peek_word().type != Type::End) {
            parse_statement(body);
            if (end_ != Ending::None)
                return body;
        }
        fail("unexpected EOF");
    }

    void parse_statement(std::vector<Statement>& body)
    {
        const Token& token = next_word();
        if (token.type == Type::Text) {
            Statement statement;
            statement.position = token.position;
            statement.text = token.text;
            body.push_back(std::move(statement));
        } else if (token.type == Type::LeftDelimiter) {
            parse_action(body);
        } else {
            fail_unexpected(token, "input");
        }
    }

    void parse_action(std::vector<Statement>& body)
    {
        const Token& token = peek_word();
        if (token.type != Type::Keyword || token.is_keyword("define")) {
            Statement print;
            print.kind = Statement::Kind::Print;
            print.position = token.position;
            print.pipeline = parse_pipeline("command", Type::RightDelimiter);
            body.push_back(std::move(print));
            return;
        }
        next();
        if (token.text == "end") {
            expect(Type::RightDelimiter, "end");
            end_ = Ending::End;
        } else if (token.text == "else") {
            parse_else();
        } else if (token.text == "if") {
            body.push_back(parse_control(Statement::Kind::If, "if"));
        } else if (token.text == "with") {
            body.push_back(parse_control(Statement::Kind::With, "with"));
        } else if (token.text == "range") {
            body.push_back(parse_control(Statement::Kind::Range, "range"));
        } else if (token.text == "break") {
            body.push_back(parse_jump(Statement::Kind::Break, token, "{{break}}"));
        } else if (token.text == "continue") {
            body.push_back(parse_jump(Statement::Kind::Continue, token, "{{continue}}"));
        } else {
            body.push_back(parse_call(token.text == "block"));
        }
    }

    /// "else" alone, or before "if" and "with", which stay for `parse_control`.
    void parse_else()
    {
        const Token& token = peek_word();
        if (!token.is_keyword("if") && !token.is_keyword("with"))
            expect(Type::RightDelimiter, "else");
        end_ = Ending::Else;
    }

    Statement parse_control(Statement::Kind kind, std::string_view word)
    {
        const std::size_t outer_variables = variables_.size();
        Statement statement;
        statement.kind = kind;
        statement.pipeline = parse_pipeline(word, Type::RightDelimiter);
        statement.position = statement.pipeline.position;
        ranges_ += kind == Statement::Kind::Range ? 1 : 0;
        statement.body = parse_list();
        ranges_ -= kind == Statement::Kind::Range ? 1 : 0;
        if (end_ == Ending::Else) {
            end_ = Ending::None;
            if (kind != Statement::Kind::Range && peek().is_keyword(word)) {
                // {{else if x}} is {{else}}{{if x}}, and one {{end}} ends both.
                const Deeper deeper{*this};
                next();
                statement.otherwise.push_back(parse_control(kind, word));
            } else {
                statement.otherwise = parse_list();
                if (end_ != Ending::End)
                    fail(cat("expected end; found ", source_of_ending()));
            }
        }
        end_ = Ending::None;
        variables_.resize(outer_variables);
        return statement;
    }

    Statement parse_jump(Statement::Kind kind, const Token& word, std::string_view context)
    {
        if (const Token& token = next_word(); token.type != Type::RightDelimiter)
            fail_unexpected(token, context);
        if (ranges_ == 0)
            fail(cat(context, " outside {{range}}"));
        Statement statement;
        statement.kind = kind;
        statement.position = word.position;
        return statement;
    }

    /// {{template "name" pipeline}} or {{block "name" pipeline}} body {{end}}.
    Statement parse_call(bool block)
    {
        const std::string_view context = block ? "block clause" : "template clause";
        Statement statement;
        statement.kind = Statement::Kind::Call;
        statement.position = peek_word().position;
        statement.text = template_name(context);
        if (block || peek_word().type != Type::RightDelimiter)
            statement.pipeline = parse_pipeline(context, Type::RightDelimiter);
        else
            next();
        if (block)
            parse_named_body(statement.text, context);
        return statement;
    }

    std::string template_name(std::string_view context)
    {
        const Token& token = next_word();
        if (token.type != Type::String && token.type != Type::RawString)
            fail_unexpected(token, context);
        return unquoted(token);
    }

    [[nodiscard]] std::string_view source_of_ending() const { return end_ == Ending::End ? "{{end}}" : "{{else}}"; }

    // --- pipelines
    // --------------------------------------------------------------------------------------------------------

    Pipeline parse_pipeline(std::string_view context, Type end)
    {
        const Deeper deeper{*this};
        Pipeline pipeline;
        pipeline.position = peek_word().position;
        while (parse_declaration(pipeline, context)) {
        }
        for (;;) {
            const Token& token = peek_word();
            if (token.type == end) {
                next();
                check(pipeline, context);
                return pipeline;
            }
            if (!starts_operand(token.type)) {
                next();
                fail_unexpected(token, context);
            }
            pipeline.commands.push_back(parse_command());
        }
    }

    /// "$x :=", "$x =" or, in a range, "$i,". True when another variable follows.
    bool parse_declaration(Pipeline& pipeline, std::string_view context)
    {
        const std::size_t start = next_;
        if (peek_word().type != Type::Variable)
            return false;
        const std::string name = next().text;
        const Token& token = peek_word();
        if (token.type == Type::Assign || token.type == Type::Declare) {
            pipeline.assigns = token.type == Type::Assign;
            pipeline.variables.push_back(name);
            variables_.push_back(name);
            next();
            return false;
        }
        if (token.type == Type::Other && token.text == ",") {
            next();
            pipeline.variables.push_back(name);
            variables_.push_back(name);
            if (context != "range" || pipeline.variables.size() >= 2)
                fail(cat("too many declarations in ", context));
            const Type following = peek_word().type;
            if (following != Type::Variable && following != Type::RightDelimiter && following != Type::RightParenthesis)
                fail("range can only initialize variables");
            return true;
        }
        next_ = start;
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
            fail(cat("missing value for ", context));
        for (std::size_t i = 1; i < pipeline.commands.size(); ++i) {
            const Operand::Kind kind = pipeline.commands[i].operands.front().kind;
            if (kind == Operand::Kind::Constant || kind == Operand::Kind::Dot || kind == Operand::Kind::Nil)
                fail(cat("non executable command in pipeline stage ", i + 1));
        }
    }

    /// Operands up to a pipe sign, which is consumed, or the pipeline's end, which is not.
    Command parse_command()
    {
        Command command;
        command.position = peek_word().position;
        for (;;) {
            if (starts_operand(peek_word().type))
                command.operands.push_back(parse_operand());
            const Token& token = peek();
            if (token.type == Type::RightDelimiter || token.type == Type::RightParenthesis)
                break;
            next();
            if (token.type == Type::Pipe)
                break;
            if (token.type != Type::Space)
                fail_unexpected(token, "operand");
        }
        if (command.operands.empty())
            fail("empty command");
        return command;
    }

    Operand parse_operand()
    {
        Operand operand = parse_term();
        if (peek().type != Type::Field)
            return operand;
        const std::size_t position = peek().position;
        std::vector<std::string> fields;
        while (peek().type == Type::Field)
            fields.push_back(next().text.substr(1));

        switch (operand.kind) {
        case Operand::Kind::Field:
        case Operand::Kind::Variable:
            operand.names.insert(operand.names.end(), fields.begin(), fields.end());
            operand.position = position;
            return operand;
        case Operand::Kind::Dot:
        case Operand::Kind::Nil:
        case Operand::Kind::Constant:
            fail(cat("unexpected . after term ", go_quoted(source_of(operand))));
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
        const Token& token = next_word();
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
                fail(cat("undefined variable ", go_quoted(token.text)));
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
            return unquoted(token);
        const ParsedNumber number =
            token.type == Type::Character ? parse_character(token.text) : parse_number(token.text);
        if (!number.complaint.empty())
            fail(number.complaint);
        return number.value;
    }

    [[nodiscard]] std::string unquoted(const Token& token) const
    {
        auto text = go_unquoted(token.text);
        if (!text)
            fail("invalid syntax");
        return *std::move(text);
    }

    void check_function(const std::string& name) const
    {
        if (find_function(name) != nullptr)
            return;
        const auto nearest = find_nearest(name, function_names());
        fail(cat("function ", go_quoted(name), " not defined"), nearest ? cat("did you mean '", *nearest, "'?") : "");
    }

    /// Counts the levels of nesting while it lives.
    class Deeper
    {
      public:
        explicit Deeper(Parser& parser) : parser_{parser}
        {
            if (parser_.depth_ >= depth_limit)
                parser_.fail("nested too deeply");
            ++parser_.depth_;
        }
        ~Deeper() { --parser_.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;

      private:
        Parser& parser_;
    };

    TemplateTree& tree_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    std::size_t farthest_ = 0; ///< the last token looked at: errors tell its line
    std::vector<std::string> variables_{"$"};
    int ranges_ = 0; ///< {{range}}s around the current place
    int depth_ = 0;
    Ending end_ = Ending::None;
};

} // namespace

TemplateTree parse_template(std::string text, std::string name)
{
    TemplateTree tree;
    tree.name = std::move(name);
    tree.text = std::move(text);
    Parser{tree}.run();
    return tree;
}

} // namespace skiff::text
