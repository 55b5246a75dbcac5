#include "text/template_functions.hpp"

#include "base/cat.hpp"
#include "text/go_format.hpp"
#include "text/template_compare.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace skiff::text {
namespace {

using Arguments = std::span<const Value>;

std::string text_of(const Value& value) { return value.data->get<std::string>(); }
std::int64_t integer_of(const Value& value) { return value.data->get<std::int64_t>(); }

std::vector<Json> printables(Arguments arguments)
{
    std::vector<Json> out;
    for (const Value& argument : arguments)
        out.push_back(argument.printable());
    return out;
}

// --- values

/// Never called: the executor evaluates the arguments of these two only as far as needed.
Value short_circuit(Arguments, Arena&) { return {}; }

Value negate(Arguments arguments, Arena& arena) { return arena.keep(!arguments[0].is_true()); }

Value length(Arguments arguments, Arena& arena)
{
    const Value& value = arguments[0];
    if (value.is_null())
        return arena.keep(0);
    if (value.is_text())
        return arena.keep(text_of(value).size());
    if (!value.is_list() && !value.is_object())
        throw FunctionFailure{cat("len of type ", value.type_name())};
    return arena.keep(value.data->size());
}

std::size_t checked_index(const Value& index, std::size_t size, std::size_t limit)
{
    if (index.missing())
        throw FunctionFailure{"cannot index slice/array with nil"};
    if (!index.data->is_number_integer())
        throw FunctionFailure{cat("cannot index slice/array with type ", index.type_name())};
    const std::int64_t i = integer_of(index);
    if (i < 0 || static_cast<std::uint64_t>(i) > size)
        throw FunctionFailure{cat("index out of range: ", i)};
    if (static_cast<std::uint64_t>(i) > limit)
        throw FunctionFailure{"reflect: slice index out of range"};
    return static_cast<std::size_t>(i);
}

/// What Go gives for a key that a map does not have: the zero of the map's elements, told from one of them.
Value absent_element(const Json& map, Arena& arena)
{
    if (map.empty() || map.begin()->is_string())
        return arena.keep("");
    switch (map.begin()->type()) {
    case Json::value_t::array:
        return arena.keep(Json::array());
    case Json::value_t::boolean:
        return arena.keep(false);
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
        return arena.keep(0);
    default:
        return arena.keep(nullptr);
    }
}

Value element_of(const Value& item, const Value& index, Arena& arena)
{
    if (item.missing())
        throw FunctionFailure{"index of untyped nil"};
    if (item.is_list()) {
        const std::size_t size = item.data->size();
        const std::size_t i = checked_index(index, size, size == 0 ? 0 : size - 1);
        if (size == 0)
            throw FunctionFailure{"reflect: slice index out of range"};
        return {&(*item.data)[i], Value::Nature::Plain, item.type};
    }
    if (item.is_text()) {
        const std::string text = text_of(item);
        const std::size_t i = checked_index(index, text.size(), text.size());
        if (i == text.size())
            throw FunctionFailure{"reflect: string index out of range"};
        return arena.keep(static_cast<unsigned char>(text[i]));
    }
    if (item.is_null())
        return arena.keep("");
    if (!item.is_object())
        throw FunctionFailure{cat("can't index item of type ", item.type_name())};
    if (!index.is_text())
        throw FunctionFailure{cat("value has type ", index.type_name(), "; should be string")};
    const auto found = item.data->find(index.data->get_ref<const std::string&>());
    if (found == item.data->end())
        return absent_element(*item.data, arena);
    return {&*found, Value::Nature::Plain, item.type};
}

Value index(Arguments arguments, Arena& arena)
{
    Value item = arguments[0];
    for (const Value& key : arguments.subspan(1))
        item = element_of(item, key, arena);
    return item;
}

Value slice(Arguments arguments, Arena& arena)
{
    const Value& item = arguments[0];
    if (!item.is_text() && !item.is_list())
        throw FunctionFailure{item.missing() ? "slice of untyped nil"
                                             : cat("can't slice item of type ", item.type_name())};
    if (arguments.size() > 4)
        throw FunctionFailure{cat("too many slice indexes: ", arguments.size() - 1)};
    if (item.is_text() && arguments.size() == 4)
        throw FunctionFailure{"cannot 3-index slice a string"};
    const std::size_t size = item.is_text() ? text_of(item).size() : item.data->size();
    std::array<std::size_t, 3> bounds{0, size, size};
    for (std::size_t i = 1; i < arguments.size(); ++i)
        bounds[i - 1] = checked_index(arguments[i], size, size);
    if (bounds[0] > bounds[1])
        throw FunctionFailure{cat("invalid slice index: ", bounds[0], " > ", bounds[1])};
    if (bounds[1] > bounds[2])
        throw FunctionFailure{cat("invalid slice index: ", bounds[1], " > ", bounds[2])};
    if (item.is_text())
        return arena.keep(text_of(item).substr(bounds[0], bounds[1] - bounds[0]));
    Json part = Json::array();
    for (std::size_t i = bounds[0]; i < bounds[1]; ++i)
        part.push_back((*item.data)[i]);
    return arena.keep(std::move(part));
}

// --- printing

Value print(Arguments arguments, Arena& arena) { return arena.keep(go_print(printables(arguments))); }
Value println(Arguments arguments, Arena& arena) { return arena.keep(go_println(printables(arguments))); }

Value printf(Arguments arguments, Arena& arena)
{
    return arena.keep(go_printf(text_of(arguments[0]), printables(arguments.subspan(1))));
}

Value json(Arguments arguments, Arena& arena)
{
    return arena.keep(arguments[0].missing() ? "null" : go_json(*arguments[0].data));
}

/// Replaces each character that `replacement` knows.
template <typename Replacement>
Value escaped(Arguments arguments, Arena& arena, Replacement replacement)
{
    std::string out;
    for (const char c : go_print(printables(arguments)))
        out += replacement(c);
    return arena.keep(std::move(out));
}

Value html(Arguments arguments, Arena& arena)
{
    return escaped(arguments, arena, [](char c) -> std::string {
        switch (c) {
        case '"':
            return "&#34;";
        case '\'':
            return "&#39;";
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '\0':
            return "\xef\xbf\xbd";
        default:
            return std::string(1, c);
        }
    });
}

std::string hexadecimal(char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {digits[byte >> 4U], digits[byte & 0xFU]};
}

Value js(Arguments arguments, Arena& arena)
{
    return escaped(arguments, arena, [](char c) -> std::string {
        if (c == '\\' || c == '\'' || c == '"')
            return {'\\', c};
        const bool hidden = static_cast<unsigned char>(c) < ' ' || c == '<' || c == '>' || c == '&' || c == '=';
        return hidden ? "\\u00" + hexadecimal(c) : std::string(1, c);
    });
}

Value urlquery(Arguments arguments, Arena& arena)
{
    return escaped(arguments, arena, [](char c) -> std::string {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        return plain ? std::string(1, c) : c == ' ' ? "+" : "%" + hexadecimal(c);
    });
}

// --- text

Value lower(Arguments arguments, Arena& arena) { return arena.keep(to_lower(text_of(arguments[0]))); }
Value upper(Arguments arguments, Arena& arena) { return arena.keep(to_upper(text_of(arguments[0]))); }

/// A capital at each beginning of a word, the rest as it is. Source: Go's strings.Title.
Value title(Arguments arguments, Arena& arena)
{
    const std::string text = text_of(arguments[0]);
    std::string out;
    bool at_start = true;
    for (std::string_view rest = text; !rest.empty();) {
        const Rune rune = first_rune(rest);
        append_rune(out, at_start ? to_upper(rune.value) : rune.value);
        const char32_t c = rune.value;
        const bool of_word =
            c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        at_start = !of_word;
        rest.remove_prefix(rune.length);
    }
    return arena.keep(std::move(out));
}

Value split(Arguments arguments, Arena& arena)
{
    const std::string text = text_of(arguments[0]);
    const std::string separator = text_of(arguments[1]);
    Json parts = Json::array();
    std::string_view rest = text;
    if (separator.empty()) {
        for (; !rest.empty(); rest.remove_prefix(first_rune(rest).length))
            parts.push_back(rest.substr(0, first_rune(rest).length));
        return arena.keep(std::move(parts));
    }
    for (std::size_t end = rest.find(separator); end != std::string_view::npos; end = rest.find(separator)) {
        parts.push_back(rest.substr(0, end));
        rest.remove_prefix(end + separator.size());
    }
    parts.push_back(rest);
    return arena.keep(std::move(parts));
}

Value join(Arguments arguments, Arena& arena)
{
    const std::string separator = text_of(arguments[1]);
    std::string out;
    if (!arguments[0].is_null())
        for (std::size_t i = 0; i < arguments[0].data->size(); ++i)
            out += cat(i == 0 ? "" : separator, go_text((*arguments[0].data)[i]));
    return arena.keep(std::move(out));
}

Value truncate(Arguments arguments, Arena& arena)
{
    const std::int64_t length = integer_of(arguments[1]);
    if (length < 0)
        throw FunctionFailure{cat("runtime error: slice bounds out of range [:", length, "]")};
    return arena.keep(text_of(arguments[0]).substr(0, static_cast<std::size_t>(length)));
}

Value pad(Arguments arguments, Arena& arena)
{
    constexpr std::int64_t limit = 1'000'000;
    const auto spaces = [&](const Value& count) {
        if (integer_of(count) < 0 || integer_of(count) > limit)
            throw FunctionFailure{"strings: negative or too large Repeat count"};
        return std::string(static_cast<std::size_t>(integer_of(count)), ' ');
    };
    const std::string text = text_of(arguments[0]);
    return arena.keep(text.empty() ? text : cat(spaces(arguments[1]), text, spaces(arguments[2])));
}

// --- comparison

Value eq(Arguments arguments, Arena& arena)
{
    if (arguments.size() == 1)
        throw FunctionFailure{"missing argument for comparison"};
    bool equal = false;
    for (const Value& other : arguments.subspan(1))
        equal = equal || equals(arguments[0], other);
    return arena.keep(equal);
}

Value ne(Arguments a, Arena& arena) { return arena.keep(!equals(a[0], a[1])); }
Value lt(Arguments a, Arena& arena) { return arena.keep(is_less(a[0], a[1])); }
Value le(Arguments a, Arena& arena) { return arena.keep(is_less(a[0], a[1]) || equals(a[0], a[1])); }
Value gt(Arguments a, Arena& arena) { return arena.keep(!is_less(a[0], a[1]) && !equals(a[0], a[1])); }
Value ge(Arguments a, Arena& arena) { return arena.keep(!is_less(a[0], a[1])); }

constexpr std::array functions{
    Function{"and", "aa*", short_circuit},
    Function{"eq", "aa*", eq},
    Function{"ge", "aa", ge},
    Function{"gt", "aa", gt},
    Function{"html", "a*", html},
    Function{"index", "aa*", index},
    Function{"join", "lt", join},
    Function{"js", "a*", js},
    Function{"json", "a", json},
    Function{"le", "aa", le},
    Function{"len", "a", length},
    Function{"lower", "t", lower},
    Function{"lt", "aa", lt},
    Function{"ne", "aa", ne},
    Function{"not", "a", negate},
    Function{"or", "aa*", short_circuit},
    Function{"pad", "tii", pad},
    Function{"print", "a*", print},
    Function{"printf", "ta*", printf},
    Function{"println", "a*", println},
    Function{"slice", "aa*", slice},
    Function{"split", "tt", split},
    Function{"title", "t", title},
    Function{"truncate", "ti", truncate},
    Function{"upper", "t", upper},
    Function{"urlquery", "a*", urlquery},
};

} // namespace

const Function* find_function(std::string_view name)
{
    const auto* const found =
        std::find_if(functions.begin(), functions.end(), [&](const Function& f) { return f.name == name; });
    return found == functions.end() ? nullptr : found;
}

std::vector<std::string> function_names()
{
    std::vector<std::string> names;
    for (const Function& function : functions)
        names.emplace_back(function.name);
    return names;
}

} // namespace skiff::text
