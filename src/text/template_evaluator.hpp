#pragma once

#include "text/template_functions.hpp"
#include "text/template_tree.hpp"
#include "text/template_value.hpp"

#include <optional>
#include <string>
#include <vector>

/// Pipelines and what they consist of. Private to the go_template family.
namespace skiff::text {

struct DataType;

/// Evaluates pipelines; knows the variables and, for errors, the place. `at` marks the node being evaluated, and an
/// error names the one that was marked last, as in Go's text/template/exec.
class Evaluator
{
  public:
    struct Variable
    {
        std::string name;
        Value value;
    };

    Evaluator(const TemplateTree& tree, const DataType& type) : tree_{tree}, type_{type}, name_{tree.name} {}

    /// Variables that the pipeline declares stay on the stack.
    Value evaluate(const Pipeline& pipeline, const Value& dot);

    std::vector<Variable>& variables() { return variables_; } ///< a stack
    Value& variable(const std::string& name);                 ///< the topmost of that name; throws when there is none
    Arena& arena() { return arena_; }
    std::string& template_name() { return name_; } ///< of the template being executed, for errors

    template <typename Node>
    void at(const Node& node)
    {
        position_ = node.position;
        node_ = &node;
        source_ = [](const void* marked) { return source_of(*static_cast<const Node*>(marked)); };
    }
    [[noreturn]] void fail(const std::string& what, std::string hint = "") const;

  private:
    using Operands = std::vector<Operand>;

    /// `piped` is the result of the command before, which becomes the last argument.
    Value evaluate(const Command& command, const Value& dot, const std::optional<Value>& piped);
    /// An operand that is an argument; `parameter` as in Function::parameters.
    Value evaluate_argument(const Operand& operand, char parameter, const Value& dot);
    Value constant(const Operand& operand, char parameter);
    /// A computed value as an argument for `parameter`.
    Value checked(Value value, char parameter) const;
    /// `command` is the whole call where there is one; errors of the function itself name it.
    Value call_function(const Operand& word, const Command* command, const Operands& operands, const Value& dot,
                        const std::optional<Value>& piped);
    /// and, or: the first argument that decides; those behind it are not evaluated.
    Value call_junction(bool decisive, const Operands& operands, const Value& dot, const std::optional<Value>& piped);
    Value base_of_chain(const Operand& chain, const Value& dot);
    /// .A.B.C from names[first] on; arguments belong to the last one.
    Value field_chain(const Value& dot, Value receiver, const std::vector<std::string>& names, std::size_t first,
                      const Operands& operands, const std::optional<Value>& piped);
    Value field(const Value& dot, const Value& receiver, const std::string& name, const Operands& operands,
                const std::optional<Value>& piped);
    /// .Label "k": a key of the object in the field, or in the field with an s behind its name.
    Value call_lookup(const Value& dot, const Value& receiver, const std::string& name, const Operands& operands,
                      const std::optional<Value>& piped);

    const TemplateTree& tree_;
    const DataType& type_;
    std::string name_;
    std::vector<Variable> variables_;
    Arena arena_;
    std::size_t position_ = 0; ///< of the marked node
    const void* node_ = nullptr;
    std::string (*source_)(const void*) = nullptr;
};

} // namespace skiff::text
