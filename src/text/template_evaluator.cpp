#include "text/template_evaluator.hpp"

#include "base/error.hpp"
#include "text/go_quote.hpp"
#include "text/go_template.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace skiff::text {
namespace {

std::string_view type_of_parameter(char parameter)
{
    return parameter == 't' ? "string" : parameter == 'i' ? "int" : "[]string";
}

std::string hint_for(const Json& object, const std::string& name)
{
    std::vector<std::string> fields;
    for (const auto& [key, element] : object.items())
        fields.push_back(key);
    if (const auto nearest = find_nearest(name, fields))
        return cat("did you mean '.", *nearest, "'?");
    std::string list;
    for (const auto& field : fields)
        list += cat(list.empty() ? "." : ", .", field);
    return list.empty() ? "" : cat("the fields are ", list);
}

} // namespace

void Evaluator::fail(const std::string& what, std::string hint) const
{
    const std::string_view before = std::string_view{tree_.text}.substr(0, position_);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n');
    const std::size_t byte = line_start == std::string_view::npos ? position_ : position_ - line_start - 1;
    throw Error{ErrorKind::Failure, cat("template: ", tree_.name, ":", line, ":", byte, ": executing ",
                                        go_quoted(name_), " at <", node_ == nullptr ? "" : source_(node_), ">: ", what)}
        .with_hint(std::move(hint));
}

Value& Evaluator::variable(const std::string& name)
{
    const auto found =
        std::find_if(variables_.rbegin(), variables_.rend(), [&](const Variable& v) { return v.name == name; });
    if (found == variables_.rend())
        fail(cat("undefined variable: ", name));
    return found->value;
}

Value Evaluator::evaluate(const Pipeline& pipeline, const Value& dot)
{
    at(pipeline);
    std::optional<Value> value;
    for (const Command& command : pipeline.commands)
        value = evaluate(command, dot, value);
    for (const auto& name : pipeline.variables) {
        if (pipeline.assigns)
            variable(name) = *value;
        else
            variables_.push_back({name, *value});
    }
    return *std::move(value);
}

Value Evaluator::evaluate(const Command& command, const Value& dot, const std::optional<Value>& piped)
{
    const Operand& first = command.operands.front();
    switch (first.kind) {
    case Operand::Kind::Field:
        at(first);
        return field_chain(dot, dot, first.names, 0, command.operands, piped);
    case Operand::Kind::Chain:
        return field_chain(dot, base_of_chain(first, dot), first.names, 0, command.operands, piped);
    case Operand::Kind::Variable:
        at(first);
        if (first.names.size() == 1)
            break;
        return field_chain(dot, variable(first.names[0]), first.names, 1, command.operands, piped);
    case Operand::Kind::Function:
        return call_function(first, &command, command.operands, dot, piped);
    case Operand::Kind::Parenthesized:
        break;
    default:
        at(first);
    }
    if (command.operands.size() > 1 || piped)
        fail(cat("can't give argument to non-function ", source_of(first)));
    switch (first.kind) {
    case Operand::Kind::Nil:
        fail("nil is not a command");
    case Operand::Kind::Variable:
        return variable(first.names[0]);
    case Operand::Kind::Parenthesized:
        return evaluate(first.nested.front(), dot);
    case Operand::Kind::Dot:
        return dot;
    default:
        return {&first.constant, Value::Nature::Plain, ""};
    }
}

Value Evaluator::evaluate_argument(const Operand& operand, char parameter, const Value& dot)
{
    static const std::vector<Operand> none;
    at(operand);
    switch (operand.kind) {
    case Operand::Kind::Dot:
        return checked(dot, parameter);
    case Operand::Kind::Nil:
        if (parameter == 't' || parameter == 'i')
            fail(cat("cannot assign nil to ", type_of_parameter(parameter)));
        return arena_.keep(nullptr);
    case Operand::Kind::Field:
        return checked(field_chain(dot, dot, operand.names, 0, none, std::nullopt), parameter);
    case Operand::Kind::Variable:
        return checked(field_chain(dot, variable(operand.names[0]), operand.names, 1, none, std::nullopt), parameter);
    case Operand::Kind::Parenthesized:
        return checked(evaluate(operand.nested.front(), dot), parameter);
    case Operand::Kind::Function:
        return checked(call_function(operand, nullptr, none, dot, std::nullopt), parameter);
    case Operand::Kind::Chain:
        return checked(field_chain(dot, base_of_chain(operand, dot), operand.names, 0, none, std::nullopt), parameter);
    case Operand::Kind::Constant:
        break;
    }
    return constant(operand, parameter);
}

Value Evaluator::constant(const Operand& operand, char parameter)
{
    const Json& value = operand.constant;
    if (parameter == 't' && !value.is_string())
        fail(cat("expected string; found ", operand.source));
    if (parameter == 'i' && value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>() &&
        std::abs(value.get<double>()) < 1e15)
        return arena_.keep(value.get<std::int64_t>());
    if (parameter == 'i' && !value.is_number_integer())
        fail(cat("expected integer; found ", operand.source));
    if (parameter == 'l')
        fail(cat("can't handle ", operand.source, " for arg of type []string"));
    return {&value, Value::Nature::Plain, ""};
}

Value Evaluator::checked(Value value, char parameter) const
{
    const bool fits = parameter == 'a' || (parameter == 't' && value.is_text()) ||
                      (parameter == 'i' && !value.missing() && value.data->is_number_integer()) ||
                      (parameter == 'l' && (value.is_list() || value.is_null()));
    if (fits)
        return value;
    if (value.is_null())
        fail(cat("invalid value; expected ", type_of_parameter(parameter)));
    fail(cat("wrong type for value; expected ", type_of_parameter(parameter), "; got ", value.type_name()));
}

Value Evaluator::call_function(const Operand& word, const Command* command, const Operands& operands, const Value& dot,
                               const std::optional<Value>& piped)
{
    at(word);
    const Function& function = *find_function(word.names[0]);
    const std::size_t written = operands.empty() ? 0 : operands.size() - 1;
    const std::size_t given = written + (piped ? 1 : 0);
    if (function.variadic() && given < function.fixed())
        fail(cat("wrong number of args for ", function.name, ": want at least ", function.fixed(), " got ", written));
    if (!function.variadic() && given != function.fixed())
        fail(cat("wrong number of args for ", function.name, ": want ", function.fixed(), " got ", given));
    if (function.name == "and" || function.name == "or")
        return call_junction(function.name == "or", operands, dot, piped);

    std::vector<Value> arguments;
    for (std::size_t i = 0; i < written; ++i)
        arguments.push_back(evaluate_argument(operands[i + 1], function.parameter(i), dot));
    if (piped)
        arguments.push_back(checked(*piped, function.parameter(written)));
    try {
        return function.call(arguments, arena_);
    } catch (const FunctionFailure& failure) {
        if (command != nullptr)
            at(*command);
        else
            at(word);
        fail(cat("error calling ", function.name, ": ", failure.message));
    }
}

Value Evaluator::call_junction(bool decisive, const Operands& operands, const Value& dot,
                               const std::optional<Value>& piped)
{
    Value value;
    for (std::size_t i = 1; i < operands.size(); ++i) {
        value = evaluate_argument(operands[i], 'a', dot);
        if (value.is_true() == decisive)
            return value;
    }
    return piped ? *piped : value;
}

Value Evaluator::base_of_chain(const Operand& chain, const Value& dot)
{
    at(chain);
    return evaluate_argument(chain.base.front(), 'a', dot);
}

Value Evaluator::field_chain(const Value& dot, Value receiver, const std::vector<std::string>& names, std::size_t first,
                             const Operands& operands, const std::optional<Value>& piped)
{
    static const std::vector<Operand> none;
    for (std::size_t i = first; i < names.size(); ++i) {
        const bool last = i + 1 == names.size();
        receiver = field(dot, receiver, names[i], last ? operands : none, last ? piped : std::nullopt);
    }
    return receiver;
}

Value Evaluator::field(const Value& dot, const Value& receiver, const std::string& name, const Operands& operands,
                       const std::optional<Value>& piped)
{
    if (receiver.missing() || (receiver.is_null() && receiver.nature == Value::Nature::Map))
        return {};
    if (receiver.is_null())
        fail(cat("nil pointer evaluating ", receiver.type.empty() ? "interface {}" : receiver.type, ".", name));
    if (!receiver.is_object())
        fail(cat("can't evaluate field ", name, " in type ", receiver.type_name()));

    const bool has_arguments = operands.size() > 1 || piped;
    if (has_arguments)
        return call_lookup(dot, receiver, name, operands, piped);
    if (receiver.nature == Value::Nature::Map) {
        const auto found = receiver.data->find(name);
        return found == receiver.data->end() ? Value{} : Value{&*found, Value::Nature::Plain, receiver.type};
    }
    std::string found_name;
    const Json* found = find_field(*receiver.data, name, found_name);
    if (found == nullptr)
        fail(cat("can't evaluate field ", name, " in type ", receiver.type_name()), hint_for(*receiver.data, name));
    return field_value(*found, found_name, receiver.type, type_);
}

Value Evaluator::call_lookup(const Value& dot, const Value& receiver, const std::string& name, const Operands& operands,
                             const std::optional<Value>& piped)
{
    std::string found_name;
    const Json* map = find_field(*receiver.data, name, found_name);
    if (map == nullptr)
        map = find_field(*receiver.data, name + "s", found_name);
    if (map == nullptr)
        fail(cat("can't evaluate field ", name, " in type ", receiver.type_name()), hint_for(*receiver.data, name));
    if (!map->is_object() && !map->is_null())
        fail(cat(name, " has arguments but cannot be invoked as function"));
    const std::size_t given = (operands.empty() ? 0 : operands.size() - 1) + (piped ? 1 : 0);
    if (given != 1)
        fail(cat("wrong number of args for ", name, ": want 1 got ", given));
    const Value key = piped ? checked(*piped, 't') : evaluate_argument(operands[1], 't', dot);
    const auto found = map->find(key.data->get_ref<const std::string&>());
    return found == map->end() ? arena_.keep("") : Value{&*found, Value::Nature::Plain, ""};
}

} // namespace skiff::text
