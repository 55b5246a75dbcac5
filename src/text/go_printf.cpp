#include "text/go_format.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

/// Go's fmt.Sprintf over JSON values. A verb prints lists and objects element by element, and a verb that does not suit
/// a value is shown in place of it: nothing here fails.
namespace skiff::text {
namespace {

/// Wider fields are a mistake, and a cheap way to fill the memory.
constexpr int width_limit = 1'000'000;

struct Directive
{
    bool plus = false, minus = false, sharp = false, space = false, zero = false;
    std::optional<int> width;
    std::optional<int> precision;
    char32_t verb = 0;
};

/// Fills `body` up to the width; zeros go between the sign and the digits.
std::string padded(const Directive& d, std::string_view sign, const std::string& body, bool zeros)
{
    const std::size_t length = sign.size() + count_runes(body);
    const auto width = static_cast<std::size_t>(d.width.value_or(0));
    const std::string fill(width > length ? width - length : 0, zeros && !d.minus ? '0' : ' ');
    if (d.minus)
        return cat(sign, body, fill);
    return zeros ? cat(sign, fill, body) : cat(fill, sign, body);
}

std::string padded(const Directive& d, const std::string& body) { return padded(d, "", body, d.zero); }

std::string bad_verb(const Directive& d, const Json& value)
{
    std::string verb;
    append_rune(verb, d.verb);
    if (value.is_null())
        return cat("%!", verb, "(<nil>)");
    return cat("%!", verb, "(", go_type(value), "=", go_text(value), ")");
}

std::string digits_of(std::uint64_t magnitude, unsigned base, bool upper)
{
    std::string out;
    do {
        out += (upper ? "0123456789ABCDEF" : "0123456789abcdef")[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);
    std::reverse(out.begin(), out.end());
    return out;
}

std::string code_point(const Directive& d, std::uint64_t code_value)
{
    std::array<char, 32> code{};
    std::snprintf(code.data(), code.size(), "U+%04llX", static_cast<unsigned long long>(code_value));
    std::string out = code.data();
    if (d.sharp && code_value <= 0x10FFFF && is_printable(static_cast<char32_t>(code_value))) {
        out += " '";
        append_rune(out, static_cast<char32_t>(code_value));
        out += '\'';
    }
    return padded(d, "", out, false);
}

std::string print_integer(const Directive& d, const Json& value)
{
    const bool negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
    const auto bits = value.get<std::uint64_t>();
    const std::uint64_t magnitude = negative ? ~bits + 1 : bits;
    const auto character = magnitude > 0x10FFFF || negative ? char32_t{0xFFFD} : static_cast<char32_t>(magnitude);
    unsigned base = 10;
    std::string prefix;
    switch (d.verb) {
    case 'v':
    case 'd':
        break;
    case 'b':
        base = 2;
        prefix = d.sharp ? "0b" : "";
        break;
    case 'o':
        base = 8;
        prefix = d.sharp ? "0" : "";
        break;
    case 'O':
        base = 8;
        prefix = "0o";
        break;
    case 'x':
        base = 16;
        prefix = d.sharp ? "0x" : "";
        break;
    case 'X':
        base = 16;
        prefix = d.sharp ? "0X" : "";
        break;
    case 'c': {
        std::string body;
        append_rune(body, character);
        return padded(d, body);
    }
    case 'q':
        return padded(d, go_quoted_rune(character));
    case 'U':
        return code_point(d, bits);
    default:
        return bad_verb(d, value);
    }
    std::string digits = digits_of(magnitude, base, d.verb == 'X');
    if (d.precision == 0 && magnitude == 0)
        digits.clear();
    const auto least = static_cast<std::size_t>(d.precision.value_or(0));
    if (digits.size() < least)
        digits.insert(0, least - digits.size(), '0');
    const std::string sign = negative ? "-" : d.plus ? "+" : d.space ? " " : "";
    return padded(d, sign + prefix, digits, d.zero && !d.precision);
}

std::string print_float(const Directive& d, const Json& value)
{
    const double number = value.get<double>();
    std::string body;
    const bool shortest = !d.precision && (d.verb == 'v' || d.verb == 'g' || d.verb == 'G');
    if (shortest) {
        body = go_number(number);
        if (d.verb == 'G')
            body = to_upper(body);
    } else if (d.verb < 0x80 && std::string_view{"vgGeEfF"}.find(static_cast<char>(d.verb)) != std::string_view::npos) {
        const char verb = d.verb == 'v' ? 'g' : static_cast<char>(d.verb);
        const std::array<char, 6> form{'%', '.', '*', verb, '\0'};
        const int precision = std::min(d.precision.value_or(6), 1000);
        std::array<char, 1400> buffer{};
        std::snprintf(buffer.data(), buffer.size(), form.data(), precision, number);
        body = buffer.data();
    } else {
        return bad_verb(d, value);
    }
    std::string sign = d.plus ? "+" : d.space ? " " : "";
    if (body[0] == '-') {
        sign = "-";
        body.erase(0, 1);
    }
    return padded(d, sign, body, d.zero);
}

std::string hex_bytes(const Directive& d, std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (d.space && !out.empty())
            out += ' ';
        if (d.sharp && (d.space || out.empty()))
            out += d.verb == 'X' ? "0X" : "0x";
        const auto byte = static_cast<unsigned char>(c);
        out += digits_of(byte >> 4U, 16, d.verb == 'X') + digits_of(byte & 0xFU, 16, d.verb == 'X');
    }
    return out;
}

/// %q: with # in back quotes where they can hold the text, with + in ASCII.
std::string quoted_text(const Directive& d, const std::string& text)
{
    const bool raw = d.sharp && is_valid_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
                         return c == '`' || c == '\x7f' || (static_cast<unsigned char>(c) < ' ' && c != '\t');
                     });
    if (raw)
        return cat("`", text, "`");
    const std::string out = go_quoted(text);
    if (!d.plus)
        return out;
    std::string ascii;
    for (std::string_view rest = out; !rest.empty(); rest.remove_prefix(first_rune(rest).length)) {
        const char32_t rune = first_rune(rest).value;
        std::array<char, 16> code{};
        std::snprintf(code.data(), code.size(), rune < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(rune));
        if (rune < 0x80)
            ascii += static_cast<char>(rune);
        else
            ascii += code.data();
    }
    return ascii;
}

std::string print_text(const Directive& d, const Json& value)
{
    std::string text = value.get<std::string>();
    if (d.precision && d.verb != 'x' && d.verb != 'X') {
        std::size_t length = 0;
        for (int runes = 0; runes < *d.precision && length < text.size(); ++runes)
            length += first_rune(std::string_view{text}.substr(length)).length;
        text.resize(length);
    }
    switch (d.verb) {
    case 'v':
        return padded(d, d.sharp ? go_quoted(text) : text);
    case 's':
        return padded(d, text);
    case 'q':
        return padded(d, quoted_text(d, text));
    case 'x':
    case 'X':
        return padded(d, hex_bytes(d, text.substr(0, static_cast<std::size_t>(d.precision.value_or(width_limit)))));
    default:
        return bad_verb(d, value);
    }
}

std::string print_value(const Directive& d, const Json& value)
{
    if (d.verb == 'T')
        return padded(d, go_type(value));
    switch (value.type()) {
    case Json::value_t::null:
        return d.verb == 'v' ? padded(d, "<nil>") : bad_verb(d, value);
    case Json::value_t::boolean:
        return d.verb == 'v' || d.verb == 't' ? padded(d, go_text(value)) : bad_verb(d, value);
    case Json::value_t::string:
        return print_text(d, value);
    case Json::value_t::number_float:
        return print_float(d, value);
    case Json::value_t::array: {
        std::string out;
        for (const Json& element : value)
            out += cat(out.empty() ? "[" : " ", print_value(d, element));
        return out.empty() ? "[]" : out + "]";
    }
    case Json::value_t::object: {
        std::map<std::string, const Json*> sorted;
        for (const auto& [key, element] : value.items())
            sorted.emplace(key, &element);
        std::string out;
        for (const auto& [key, element] : sorted)
            out += cat(out.empty() ? "map[" : " ", print_value(d, Json(key)), ":", print_value(d, *element));
        return out.empty() ? "map[]" : out + "]";
    }
    default:
        return print_integer(d, value);
    }
}

/// Walks the format, taking a value for each directive.
class Printer
{
  public:
    Printer(std::string_view format, std::span<const Json> values) : rest_{format}, values_{values} {}

    std::string run()
    {
        for (;;) {
            const std::size_t percent = std::min(rest_.find('%'), rest_.size());
            out_ += rest_.substr(0, percent);
            rest_.remove_prefix(percent);
            if (rest_.empty())
                break;
            rest_.remove_prefix(1);
            print_directive();
        }
        if (!reordered_ && next_ < values_.size())
            print_extra();
        return std::move(out_);
    }

  private:
    void print_directive()
    {
        Directive d;
        read_flags(d);
        bool good_index = read_index();
        d.width = read_number("%!(BADWIDTH)");
        if (d.width && *d.width < 0) {
            d.minus = true;
            d.width = -*d.width;
        }
        if (!rest_.empty() && rest_[0] == '.') {
            rest_.remove_prefix(1);
            good_index = read_index() && good_index;
            d.precision = std::max(0, read_number("%!(BADPREC)").value_or(0));
        }
        good_index = read_index() && good_index;
        if (rest_.empty()) {
            out_ += "%!(NOVERB)";
            return;
        }
        const Rune verb = first_rune(rest_);
        d.verb = verb.value;
        d.plus = d.plus && d.verb != 'v'; // %+v asks for the names of fields, which are printed anyway
        const std::string_view written = rest_.substr(0, verb.length);
        rest_.remove_prefix(verb.length);
        if (d.verb == '%')
            out_ += '%';
        else if (!good_index)
            out_ += cat("%!", written, "(BADINDEX)");
        else if (next_ >= values_.size())
            out_ += cat("%!", written, "(MISSING)");
        else
            out_ += print_value(d, values_[next_++]);
    }

    void read_flags(Directive& d)
    {
        for (; !rest_.empty(); rest_.remove_prefix(1)) {
            switch (rest_[0]) {
            case '+':
                d.plus = true;
                break;
            case '-':
                d.minus = true;
                break;
            case '#':
                d.sharp = true;
                break;
            case ' ':
                d.space = true;
                break;
            case '0':
                d.zero = true;
                break;
            default:
                return;
            }
        }
    }

    /// "[2]": the number of the value to take next. False when there is no such value.
    bool read_index()
    {
        if (rest_.empty() || rest_[0] != '[')
            return true;
        reordered_ = true;
        const std::size_t end = rest_.find(']');
        if (end == std::string_view::npos) {
            rest_.remove_prefix(1);
            return false;
        }
        const std::string_view digits = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        int index = 0;
        for (const char c : digits) {
            if (c < '0' || c > '9' || index > width_limit)
                return false;
            index = index * 10 + (c - '0');
        }
        if (index < 1 || static_cast<std::size_t>(index) > values_.size())
            return false;
        next_ = static_cast<std::size_t>(index) - 1;
        return true;
    }

    /// Digits, or "*" for the next value.
    std::optional<int> read_number(std::string_view complaint)
    {
        if (!rest_.empty() && rest_[0] == '*') {
            rest_.remove_prefix(1);
            const Json* value = next_ < values_.size() ? &values_[next_++] : nullptr;
            const bool usable = value != nullptr && value->is_number_integer() &&
                                value->get<std::int64_t>() <= width_limit && value->get<std::int64_t>() >= -width_limit;
            if (usable)
                return value->get<int>();
            out_ += complaint;
            return std::nullopt;
        }
        std::optional<int> number;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1))
            number = std::min(number.value_or(0) * 10 + (rest_[0] - '0'), width_limit);
        return number;
    }

    void print_extra()
    {
        std::string extra;
        for (const Json& value : values_.subspan(next_)) {
            extra += extra.empty() ? "" : ", ";
            extra += value.is_null() ? "<nil>" : cat(go_type(value), "=", go_text(value));
        }
        out_ += cat("%!(EXTRA ", extra, ")");
    }

    std::string_view rest_;
    std::span<const Json> values_;
    std::size_t next_ = 0;
    bool reordered_ = false;
    std::string out_;
};

} // namespace

std::string go_printf(std::string_view format, std::span<const Json> values) { return Printer{format, values}.run(); }

} // namespace skiff::text
