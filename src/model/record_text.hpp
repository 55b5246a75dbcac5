#pragma once

#include "base/clock.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// The quick way from a record's text to the record, straight into its members: `ps` and `images` read hundreds, and three
/// quarters of the general way are trees of JSON values that live for microseconds.
///
/// It reads only what record::to_text writes: no spaces, the keys of objects in ascending order, plain ASCII without \u. At
/// anything else it gives up, and the general reader decides what the text means and what is wrong with it. So there is one
/// place that knows errors, and this one only has to be right about what it accepts.
namespace skiff::record::quick {

class Text
{
  public:
    explicit Text(std::string_view text) : rest_{text} {}

    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    bool take(char c)
    {
        if (peek() != c || rest_.empty())
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view word)
    {
        if (!rest_.starts_with(word))
            return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    /// A string without escapes, as it stands in the text.
    bool plain_string(std::string_view& into)
    {
        if (!take('"'))
            return false;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            const auto c = static_cast<unsigned char>(rest_[i]);
            if (c == '"') {
                into = rest_.substr(0, i);
                rest_.remove_prefix(i + 1);
                return true;
            }
            if (c < 0x20 || c >= 0x7f || c == '\\')
                return false;
        }
        return false;
    }
    bool string(std::string& into)
    {
        const std::string_view before = rest_;
        std::string_view plain;
        if (plain_string(plain)) {
            into = plain;
            return true;
        }
        rest_ = before;
        return escaped_string(into);
    }
    /// Digits with an optional sign, and then what may follow a value.
    std::string_view number()
    {
        std::size_t length = peek() == '-' ? 1 : 0;
        const std::size_t first = length;
        while (length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9')
            ++length;
        const bool leading_zero = length > first + 1 && rest_[first] == '0';
        if (length == first || leading_zero || length == rest_.size() ||
            (rest_[length] != ',' && rest_[length] != '}' && rest_[length] != ']'))
            return {};
        const std::string_view digits = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return digits;
    }

  private:
    bool escaped_string(std::string& into)
    {
        into.clear();
        if (!take('"'))
            return false;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"')
                return true;
            if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f)
                return false;
            if (c == '\\') {
                constexpr std::string_view letters = "\"\\/bfnrt";
                constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
                const std::size_t which = letters.find(peek());
                if (rest_.empty() || which == std::string_view::npos)
                    return false;
                c = meanings[which];
                rest_.remove_prefix(1);
            }
            into += c;
        }
        return false;
    }

    std::string_view rest_;
};

/// Calls `read_member(key)` for each member of an object whose keys ascend.
template <typename ReadMember>
bool object(Text& text, const ReadMember& read_member)
{
    if (!text.take('{'))
        return false;
    if (text.take('}'))
        return true;
    std::string_view before;
    bool first = true;
    do {
        std::string_view key;
        if (!text.plain_string(key) || (!first && key <= before) || !text.take(':') || !read_member(key))
            return false;
        before = key;
        first = false;
    } while (text.take(','));
    return text.take('}');
}

inline bool read(Text& text, bool& value)
{
    value = text.peek() == 't';
    return text.take(value ? "true" : "false");
}
inline bool read(Text& text, std::string& value) { return text.string(value); }
template <typename T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
bool read(Text& text, T& value)
{
    const std::string_view digits = text.number();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return !digits.empty() && error == std::errc{} && end == digits.data() + digits.size();
}
inline bool read(Text& text, std::chrono::nanoseconds& value)
{
    std::int64_t count = 0;
    const bool good = read(text, count);
    value = std::chrono::nanoseconds{count};
    return good;
}
inline bool read(Text& text, WallTime& value)
{
    std::chrono::nanoseconds since{};
    const bool good = read(text, since);
    value = WallTime{since};
    return good;
}
template <typename T>
    requires std::is_floating_point_v<T>
bool read(Text& /*text*/, T& /*value*/)
{
    return false; // rare, and a grammar of its own
}
template <typename T>
    requires std::is_enum_v<T>
bool read(Text& text, T& value)
{
    std::string_view found;
    if (!text.plain_string(found))
        return false;
    for (const auto& [known, word] : words_of(std::type_identity<T>{}))
        if (found == word) {
            value = known;
            return true;
        }
    return false;
}

template <typename T>
struct Member
{
    Text& text;
    T& record;
    std::string_view key;
    bool found = false;
    bool good = false;

    template <typename Type>
    void operator()(const char* name, Type T::*member);
};

template <typename T>
bool read(Text& text, std::optional<T>& value);
template <typename T>
bool read(Text& text, std::vector<T>& values);
template <typename T>
bool read(Text& text, std::map<std::string, T>& values);

/// A described record.
template <typename T>
    requires std::is_class_v<T>
bool read(Text& text, T& record)
{
    return object(text, [&](std::string_view key) {
        Member<T> member{text, record, key};
        describe(member, std::type_identity<T>{});
        return member.found && member.good;
    });
}

template <typename T>
bool read(Text& text, std::optional<T>& value)
{
    return read(text, value.emplace()); // what is not there is not written
}
template <typename T>
bool read(Text& text, std::vector<T>& values)
{
    values.clear();
    if (!text.take('['))
        return false;
    if (text.take(']'))
        return true;
    do {
        if constexpr (std::is_same_v<T, bool>) {
            bool value = false;
            if (!read(text, value))
                return false;
            values.push_back(value);
        } else if (!read(text, values.emplace_back())) {
            return false;
        }
    } while (text.take(','));
    return text.take(']');
}
template <typename T>
bool read(Text& text, std::map<std::string, T>& values)
{
    values.clear();
    return object(text, [&](std::string_view key) {
        return read(text, values.emplace_hint(values.end(), std::string{key}, T{})->second);
    });
}

template <typename T>
template <typename Type>
void Member<T>::operator()(const char* name, Type T::*member)
{
    if (found || key != name)
        return;
    found = true;
    good = read(text, record.*member);
}

} // namespace skiff::record::quick
