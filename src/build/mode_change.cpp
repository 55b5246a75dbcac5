#include "build/mode_change.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>

namespace skiff::build {
namespace {

constexpr std::uint32_t user_bits = 04700;
constexpr std::uint32_t group_bits = 02070;
constexpr std::uint32_t other_bits = 01007;

[[noreturn]] void fail(std::string_view text)
{
    throw Error{ErrorKind::Failure, cat("invalid chmod parameter: ", quoted(text))}.with_hint("permission bits in octal (0755), or as chmod takes them (u=rwX,go=rX)");
}

} // namespace

ModeChange ModeChange::parse(std::string_view text)
{
    ModeChange change;
    change.text_ = text;
    if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        change.is_octal_ = true;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), change.octal_, 8);
        if (error != std::errc{} || end != text.data() + text.size() || change.octal_ > 07777)
            fail(text);
        return change;
    }
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view clause_text = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(clause_text.size() + 1, rest.size()));
        std::uint32_t who = 0;
        while (!clause_text.empty() && std::string_view{"ugoa"}.find(clause_text[0]) != std::string_view::npos) {
            who |= clause_text[0] == 'u' ? user_bits : clause_text[0] == 'g' ? group_bits : clause_text[0] == 'o' ? other_bits : 07777U;
            clause_text.remove_prefix(1);
        }
        if (clause_text.empty())
            fail(text);
        while (!clause_text.empty()) {
            Clause clause;
            clause.who = who == 0 ? 07777U : who;
            clause.operation = clause_text[0];
            if (std::string_view{"+-="}.find(clause.operation) == std::string_view::npos)
                fail(text);
            clause_text.remove_prefix(1);
            for (; !clause_text.empty() && std::string_view{"+-="}.find(clause_text[0]) == std::string_view::npos; clause_text.remove_prefix(1)) {
                switch (clause_text[0]) {
                case 'r': clause.bits |= 4; break;
                case 'w': clause.bits |= 2; break;
                case 'x': clause.bits |= 1; break;
                case 'X': clause.conditional_x = true; break;
                case 's': clause.set_id = true; break;
                case 't': clause.sticky = true; break;
                case 'u':
                case 'g':
                case 'o': clause.copy_from = clause_text[0]; break;
                default: fail(text);
                }
            }
            change.clauses_.push_back(clause);
        }
    }
    if (change.clauses_.empty())
        fail(text);
    return change;
}

std::uint32_t ModeChange::apply(std::uint32_t mode, bool is_directory) const
{
    if (is_octal_)
        return octal_;
    for (const Clause& clause : clauses_) {
        std::uint32_t bits = clause.bits;
        if (clause.conditional_x && (is_directory || (mode & 0111) != 0))
            bits |= 1;
        if (clause.copy_from != 0)
            bits |= (mode >> (clause.copy_from == 'u' ? 6U : clause.copy_from == 'g' ? 3U : 0U)) & 7U;
        std::uint32_t mask = (bits << 6U | bits << 3U | bits) & clause.who;
        if (clause.set_id)
            mask |= 06000U & clause.who;
        if (clause.sticky)
            mask |= 01000U & clause.who;
        if (clause.operation == '+')
            mode |= mask;
        else if (clause.operation == '-')
            mode &= ~mask;
        else
            mode = (mode & ~(clause.who & (is_directory ? 0777U : 07777U))) | mask;
    }
    return mode & 07777U;
}

} // namespace skiff::build
