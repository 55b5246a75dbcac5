#include "text/template_executor.hpp"

#include "base/cat.hpp"
#include "text/go_format.hpp"
#include "text/go_quote.hpp"
#include "text/go_template.hpp"
#include "text/template_evaluator.hpp"

#include <utility>

/// Walks the statements and writes the output. The rules are those of Go's text/template/exec.
namespace skiff::text {
namespace {

/// Blocks in blocks and templates in templates: what calls itself without end is stopped before the stack is.
constexpr int depth_limit = 1000;

class Executor
{
  public:
    Executor(const TemplateTree& tree, const DataType& type) : tree_{tree}, type_{type}, evaluator_{tree, type} {}

    std::string run(const Json& data)
    {
        const Value dot{&data, Value::Nature::Plain, type_.name};
        evaluator_.variables().push_back({"$", dot});
        walk(tree_.bodies.at(tree_.name), dot);
        return std::move(out_);
    }

  private:
    enum class Flow
    {
        Next,
        Break,
        Continue
    };

    Flow walk(const std::vector<Statement>& body, const Value& dot)
    {
        if (++depth_ > depth_limit)
            evaluator_.fail(cat("exceeded maximum template depth (", depth_limit, ")"));
        Flow flow = Flow::Next;
        for (auto statement = body.begin(); statement != body.end() && flow == Flow::Next; ++statement)
            flow = walk(*statement, dot);
        --depth_;
        return flow;
    }

    Flow walk(const Statement& statement, const Value& dot)
    {
        switch (statement.kind) {
        case Statement::Kind::Text:
            out_ += statement.text;
            return Flow::Next;
        case Statement::Kind::Print: {
            const Value value = evaluator_.evaluate(statement.pipeline, dot);
            if (statement.pipeline.variables.empty())
                out_ += value.missing() ? "<no value>" : printed(value, type_);
            return Flow::Next;
        }
        case Statement::Kind::If:
        case Statement::Kind::With:
            return walk_condition(statement, dot);
        case Statement::Kind::Range:
            return walk_range(statement, dot);
        case Statement::Kind::Call:
            walk_call(statement, dot);
            return Flow::Next;
        case Statement::Kind::Break:
            return Flow::Break;
        case Statement::Kind::Continue:
            return Flow::Continue;
        }
        return Flow::Next;
    }

    Flow walk_condition(const Statement& statement, const Value& dot)
    {
        const std::size_t outer_variables = evaluator_.variables().size();
        const Value value = evaluator_.evaluate(statement.pipeline, dot);
        Flow flow = Flow::Next;
        if (value.is_true())
            flow = walk(statement.body, statement.kind == Statement::Kind::With ? value : dot);
        else
            flow = walk(statement.otherwise, dot);
        evaluator_.variables().resize(outer_variables);
        return flow;
    }

    Flow walk_range(const Statement& statement, const Value& dot)
    {
        const std::size_t outer_variables = evaluator_.variables().size();
        const Value value = evaluator_.evaluate(statement.pipeline, dot);
        if (!value.is_null() && !value.is_list() && !value.is_object())
            evaluator_.fail(cat("range can't iterate over ", go_text(*value.data)));

        Flow flow = Flow::Next;
        if (value.is_null() || value.data->empty())
            flow = walk(statement.otherwise, dot);
        else if (value.is_list())
            walk_list(statement, value);
        else
            walk_map(statement, value);
        evaluator_.variables().resize(outer_variables);
        return flow;
    }

    void walk_list(const Statement& statement, const Value& list)
    {
        std::size_t index = 0;
        for (const Json& element : *list.data)
            if (!iterate(statement, evaluator_.arena().keep(index++), {&element, Value::Nature::Plain, list.type}))
                return;
    }

    void walk_map(const Statement& statement, const Value& map)
    {
        std::map<std::string_view, const Json*> sorted;
        for (const auto& [key, element] : map.data->items())
            sorted.emplace(key, &element);
        for (const auto& [key, element] : sorted)
            if (!iterate(statement, evaluator_.arena().keep(key), {element, Value::Nature::Plain, map.type}))
                return;
    }

    /// The body for one element; false after {{break}}.
    bool iterate(const Statement& statement, const Value& index, const Value& element)
    {
        const auto& names = statement.pipeline.variables;
        const std::size_t mark = evaluator_.variables().size();
        if (names.size() == 1) {
            bind(statement.pipeline, 0, element);
        } else if (names.size() == 2) {
            bind(statement.pipeline, 0, index);
            bind(statement.pipeline, 1, element);
        }
        const Flow flow = walk(statement.body, element);
        evaluator_.variables().resize(mark);
        return flow != Flow::Break;
    }

    void bind(const Pipeline& pipeline, std::size_t which, const Value& value)
    {
        if (pipeline.assigns)
            evaluator_.variable(pipeline.variables[which]) = value;
        else // declared by the pipeline: the topmost ones
            evaluator_.variables()[evaluator_.variables().size() - pipeline.variables.size() + which].value = value;
    }

    void walk_call(const Statement& statement, const Value& dot)
    {
        evaluator_.at(statement);
        const auto body = tree_.bodies.find(statement.text);
        if (body == tree_.bodies.end())
            evaluator_.fail(cat("template ", go_quoted(statement.text), " not defined"));
        const Value data = statement.pipeline.commands.empty() ? Value{} : evaluator_.evaluate(statement.pipeline, dot);
        std::vector<Evaluator::Variable> callers{{"$", data}};
        callers.swap(evaluator_.variables());
        const std::string caller = std::exchange(evaluator_.template_name(), statement.text);
        walk(body->second, data);
        evaluator_.template_name() = caller;
        evaluator_.variables().swap(callers);
    }

    const TemplateTree& tree_;
    const DataType& type_;
    Evaluator evaluator_;
    std::string out_;
    int depth_ = 0;
};

} // namespace

std::string execute_template(const TemplateTree& tree, const Json& data, const DataType& type)
{
    return Executor{tree, type}.run(data);
}

} // namespace skiff::text
