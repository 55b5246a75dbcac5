#include "frontends/compose/interpolate.hpp"

#include "text/size.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

constexpr std::size_t max_depth = 32;
constexpr std::size_t max_result = 4U << 20U; ///< a value may hold others many times

bool is_name_start(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

Error invalid(std::string_view text)
{
    return Error{ErrorKind::Failure, cat("Invalid template: \"", printable(text), "\"")}.with_hint(
        "a dollar that is meant as one is written $$; variables are $NAME and ${NAME}");
}

class Template
{
  public:
    Template(std::string_view text, const Lookup& lookup, const OnUnset& on_unset) : text_{text}, lookup_{lookup}, on_unset_{on_unset} {}

    std::string expand() { return expand_until(false, 0, true); }

    std::vector<Variable> variables;

  private:
    /// Up to the end, or with `in_braces` to the brace that ends the operand. With `active` off the text is only skipped over.
    std::string expand_until(bool in_braces, std::size_t depth, bool active)
    {
        if (depth > max_depth)
            throw invalid(text_);
        std::string out;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (in_braces && c == '}')
                return out;
            if (c == '$') {
                ++at_;
                out += dollar(depth, active);
            } else {
                out += c;
                ++at_;
            }
            if (out.size() > max_result)
                throw Error{ErrorKind::Failure, "a value becomes too long when its variables are replaced"};
        }
        if (in_braces)
            throw invalid(text_);
        return out;
    }

    std::string read_name()
    {
        const std::size_t begin = at_;
        if (at_ >= text_.size() || !is_name_start(text_[at_]))
            throw invalid(text_);
        while (at_ < text_.size() && is_name(text_[at_]))
            ++at_;
        return std::string{text_.substr(begin, at_ - begin)};
    }

    std::string value_of(const std::string& name, bool active)
    {
        const auto value = lookup_(name);
        if (!value && active)
            on_unset_(name);
        return value.value_or("");
    }

    /// Behind a dollar.
    std::string dollar(std::size_t depth, bool active)
    {
        if (at_ < text_.size() && text_[at_] == '$') {
            ++at_;
            return "$";
        }
        if (at_ < text_.size() && text_[at_] == '{') {
            ++at_;
            return braces(depth, active);
        }
        const std::string name = read_name();
        variables.push_back({name, false, {}, {}});
        return value_of(name, active);
    }

    std::string braces(std::size_t depth, bool active)
    {
        const std::string name = read_name();
        if (at_ >= text_.size())
            throw invalid(text_);
        if (text_[at_] == '}') {
            ++at_;
            variables.push_back({name, false, {}, {}});
            return value_of(name, active);
        }
        const bool colon = text_[at_] == ':';
        at_ += colon ? 1 : 0;
        const char operation = at_ < text_.size() ? text_[at_++] : ' ';
        if (operation != '-' && operation != '?' && operation != '+')
            throw invalid(text_);
        const auto value = lookup_(name);
        const bool has_value = value && (!colon || !value->empty());
        const bool uses_operand = operation == '+' ? has_value : !has_value;
        const std::size_t slot = variables.size();
        variables.push_back({name, operation == '?', {}, {}});
        std::string operand = expand_until(true, depth + 1, active && uses_operand);
        ++at_; // the brace
        if (operation == '-')
            variables[slot].default_value = operand;
        if (operation == '+')
            variables[slot].alternate = operand;
        if (operation == '?' && !has_value && active)
            throw Error{ErrorKind::Failure, cat("required variable ", name, " is missing a value", operand.empty() ? "" : ": ", operand)}
                .with_hint(cat("set ", name, " in the environment or in .env"));
        if (operation == '+')
            return has_value ? operand : std::string{};
        return has_value ? *value : operation == '-' ? operand : std::string{};
    }

    std::string_view text_;
    const Lookup& lookup_;
    const OnUnset& on_unset_;
    std::size_t at_ = 0;
};

} // namespace

void ByteBudget::take(std::size_t bytes, const Place& place)
{
    if (bytes > left_)
        throw error_at(place, cat("the values of the project become more than ", text::format_bytes_binary(limit_)))
            .with_hint("variables, env files, extends, secrets and configs repeat what they name: each time counts");
    left_ -= bytes;
}

Lookup counted(Lookup lookup, ByteBudget& budget)
{
    return [lookup = std::move(lookup), &budget](const std::string& name) {
        std::optional<std::string> value = lookup(name);
        budget.take(value ? value->size() : 0);
        return value;
    };
}

std::string interpolate(std::string_view text, const Lookup& lookup, const OnUnset& on_unset)
{
    if (text.find('$') == std::string_view::npos)
        return std::string{text};
    return Template{text, lookup, on_unset}.expand();
}

void interpolate(Node& node, const Lookup& lookup, const OnUnset& on_unset)
{
    if (node.is_text()) {
        try {
            node.text = interpolate(node.text, lookup, on_unset);
        } catch (Error& error) {
            const std::string where = node.place.text();
            if (!where.empty())
                error.add_context(where);
            throw;
        }
    }
    for (Node& item : node.items)
        interpolate(item, lookup, on_unset);
    for (Node::Entry& entry : node.entries)
        interpolate(entry.value, lookup, on_unset);
}

void escape_dollars(Node& node)
{
    for (std::size_t at = node.text.find('$'); at != std::string::npos; at = node.text.find('$', at + 2))
        node.text.insert(at, 1, '$');
    for (Node& item : node.items)
        escape_dollars(item);
    for (Node::Entry& entry : node.entries)
        escape_dollars(entry.value);
}

std::vector<Variable> list_variables(std::string_view text)
{
    const Lookup anything = [](const std::string&) { return std::optional<std::string>{"x"}; };
    const OnUnset ignore = [](const std::string&) {};
    Template pattern{text, anything, ignore};
    pattern.expand();
    return std::move(pattern.variables);
}

} // namespace skiff::compose
