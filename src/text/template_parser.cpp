#include "text/template_parser.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"
#include "text/template_pipeline_parser.hpp"
#include "text/template_tokens.hpp"

#include <algorithm>
#include <utility>

/// A recursive descent over the tokens, one function for each rule of the grammar of Go's text/template/parse; the
/// words of the errors and the order in which they are found are that package's.
namespace skiff::text {
namespace {

using Type = Token::Type;

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
    explicit Parser(TemplateTree& tree) : tree_{tree}, tokens_{tree.text, tree.name} {}

    void run()
    {
        std::vector<Statement> body;
        while (tokens_.peek().type != Type::End) {
            if (at_define())
                parse_definition();
            else
                parse_statement(body);
            if (end_ != Ending::None)
                tokens_.fail(cat("unexpected ", source_of_ending()));
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

    bool at_define()
    {
        if (tokens_.peek().type != Type::LeftDelimiter)
            return false;
        const std::size_t start = tokens_.position();
        tokens_.next();
        const bool found = tokens_.next_word().is_keyword("define");
        if (!found)
            tokens_.go_back_to(start);
        return found;
    }

    void parse_definition()
    {
        constexpr std::string_view context = "define clause";
        const std::string name = template_name(context);
        tokens_.expect(Type::RightDelimiter, context);
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
            tokens_.fail(cat("unexpected ", source_of_ending(), " in ", context));
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
            tokens_.fail(cat("template: multiple definition of template ", go_quoted(name)));
    }

    /// Statements up to {{end}} or {{else}}, which `end_` tells apart.
    std::vector<Statement> parse_list()
    {
        const Deeper deeper{tokens_};
        std::vector<Statement> body;
        while (tokens_.peek_word().type != Type::End) {
            parse_statement(body);
            if (end_ != Ending::None)
                return body;
        }
        tokens_.fail("unexpected EOF");
    }

    void parse_statement(std::vector<Statement>& body)
    {
        const Token& token = tokens_.next_word();
        if (token.type == Type::Text) {
            Statement statement;
            statement.position = token.position;
            statement.text = token.text;
            body.push_back(std::move(statement));
        } else if (token.type == Type::LeftDelimiter) {
            parse_action(body);
        } else {
            tokens_.fail_unexpected(token, "input");
        }
    }

    void parse_action(std::vector<Statement>& body)
    {
        const Token& token = tokens_.peek_word();
        if (token.type != Type::Keyword || token.is_keyword("define")) {
            Statement print;
            print.kind = Statement::Kind::Print;
            print.position = token.position;
            print.pipeline = parse_pipeline(tokens_, variables_, "command", Type::RightDelimiter);
            body.push_back(std::move(print));
            return;
        }
        tokens_.next();
        if (token.text == "end") {
            tokens_.expect(Type::RightDelimiter, "end");
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
        const Token& token = tokens_.peek_word();
        if (!token.is_keyword("if") && !token.is_keyword("with"))
            tokens_.expect(Type::RightDelimiter, "else");
        end_ = Ending::Else;
    }

    Statement parse_control(Statement::Kind kind, std::string_view word)
    {
        const std::size_t outer_variables = variables_.size();
        Statement statement;
        statement.kind = kind;
        statement.pipeline = parse_pipeline(tokens_, variables_, word, Type::RightDelimiter);
        statement.position = statement.pipeline.position;
        ranges_ += kind == Statement::Kind::Range ? 1 : 0;
        statement.body = parse_list();
        ranges_ -= kind == Statement::Kind::Range ? 1 : 0;
        if (end_ == Ending::Else) {
            end_ = Ending::None;
            if (kind != Statement::Kind::Range && tokens_.peek().is_keyword(word)) {
                // {{else if x}} is {{else}}{{if x}}, and one {{end}} ends both.
                const Deeper deeper{tokens_};
                tokens_.next();
                statement.otherwise.push_back(parse_control(kind, word));
            } else {
                statement.otherwise = parse_list();
                if (end_ != Ending::End)
                    tokens_.fail(cat("expected end; found ", source_of_ending()));
            }
        }
        end_ = Ending::None;
        variables_.resize(outer_variables);
        return statement;
    }

    Statement parse_jump(Statement::Kind kind, const Token& word, std::string_view context)
    {
        if (const Token& token = tokens_.next_word(); token.type != Type::RightDelimiter)
            tokens_.fail_unexpected(token, context);
        if (ranges_ == 0)
            tokens_.fail(cat(context, " outside {{range}}"));
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
        statement.position = tokens_.peek_word().position;
        statement.text = template_name(context);
        if (block || tokens_.peek_word().type != Type::RightDelimiter)
            statement.pipeline = parse_pipeline(tokens_, variables_, context, Type::RightDelimiter);
        else
            tokens_.next();
        if (block)
            parse_named_body(statement.text, context);
        return statement;
    }

    std::string template_name(std::string_view context)
    {
        const Token& token = tokens_.next_word();
        if (token.type != Type::String && token.type != Type::RawString)
            tokens_.fail_unexpected(token, context);
        return tokens_.unquoted(token);
    }

    [[nodiscard]] std::string_view source_of_ending() const { return end_ == Ending::End ? "{{end}}" : "{{else}}"; }

    TemplateTree& tree_;
    TokenStream tokens_;
    std::vector<std::string> variables_{"$"};
    int ranges_ = 0; ///< {{range}}s around the current place
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
