#include "text/go_format.hpp"

#include "base/cat.hpp"
#include "text/go_verb.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

/// Go's fmt.Sprintf over JSON values: mistakes are shown in the output, nothing here fails.
namespace skiff::text {
namespace {

/// Wider fields are a mistake, and a cheap way to fill the memory.
constexpr int width_limit = 1'000'000;

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
            print_next();
        }
        if (!reordered_ && next_ < values_.size())
            print_extra();
        return std::move(out_);
    }

  private:
    void print_next()
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
            out_ += print_directive(d, values_[next_++]);
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
