#pragma once

#include "cli/readers.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// An option is data. One table of them parses, helps, completes, writes the manual page and is compared with the facts
/// of the field by a unit test; nothing else in the program knows the option's name.
namespace skiff::cli {

/// What an option's value looks like, for help and for the comparison with Podman's tables.
enum class ValueKind
{
    Bool,
    Int,
    Uint,
    Float,
    Duration,
    String
};

/// What the shell offers for a value or an operand.
enum class Completes
{
    Nothing,
    Files,
    Directories,
    Choices,
    Signals,
    Capabilities,
    Containers,
    RunningContainers,
    PausedContainers,
    ContainersAndImages,
    ContainerPaths,
    Images,
    Volumes,
    Secrets,
    Networks,
    Pods,
    Users,
    Commands, ///< Commands: names of our own, for `help`
};

enum class Availability
{
    Offered,
    Accepted, ///< has no effect here, as in Podman or Docker; the help says so
    Refused,  ///< an error with the reason: silence would be worse
};

struct Option
{
    std::string_view name; ///< without dashes
    char letter = 0;
    std::string_view label; ///< of the value, in help: "SIGNAL"; empty for booleans
    std::string_view help;
    ValueKind kind = ValueKind::String;
    bool repeatable = false;
    bool commas = false; ///< one value may be several, separated by commas
    /// The value's reader has whole sentences of its own; else errors are wrapped: invalid argument "x" for "--cpus"
    /// flag: ...
    bool own_errors = false;
    bool hidden = false; ///< neither in help nor completed
    bool is_secret = false; ///< the value is kept out of logs
    Completes completer = Completes::Nothing;
    std::string_view default_text = {}; ///< as help shows it; what it means is the initialiser in the Args struct
    std::string_view choices = {};      ///< "a, b, c": offered by completion
    bool closed = false;                ///< anything that is not in `choices` is refused
    std::string_view implied = {};      ///< the value of the bare option; never empty for booleans
    std::array<std::string_view, 2> older = {}; ///< other spellings, not shown
    Availability availability = Availability::Offered;
    std::string_view reason = {}; ///< Accepted, Refused: a clause that completes "--x: ..."
    void (*store)(void* args, std::string_view value) = nullptr; ///< null unless Offered

    [[nodiscard]] constexpr bool takes_value() const { return kind != ValueKind::Bool; }

    // The rest of a declaration, by name. Each returns a changed copy.
    [[nodiscard]] constexpr Option completes(Completes what) const
    {
        Option changed = *this;
        changed.completer = what;
        return changed;
    }
    [[nodiscard]] constexpr Option defaults(std::string_view text) const
    {
        Option changed = *this;
        changed.default_text = text;
        return changed;
    }
    [[nodiscard]] constexpr Option suggests(std::string_view list) const
    {
        Option changed = *this;
        changed.choices = list;
        changed.completer = Completes::Choices;
        return changed;
    }
    [[nodiscard]] constexpr Option secret() const
    {
        Option changed = *this;
        changed.is_secret = true;
        return changed;
    }
    /// As suggests, and other values are refused.
    [[nodiscard]] constexpr Option one_of(std::string_view list) const
    {
        Option changed = suggests(list);
        changed.closed = true;
        return changed;
    }
    [[nodiscard]] constexpr Option many() const
    {
        Option changed = *this;
        changed.repeatable = true;
        return changed;
    }
    [[nodiscard]] constexpr Option comma_separated() const
    {
        Option changed = many();
        changed.commas = true;
        return changed;
    }
    [[nodiscard]] constexpr Option like(ValueKind value_kind) const
    {
        Option changed = *this;
        changed.kind = value_kind;
        return changed;
    }
    /// A number, or part of one, although a reader of its own takes it: errors name the option, as those of plain
    /// numbers do.
    [[nodiscard]] constexpr Option wrapped(ValueKind value_kind) const
    {
        Option changed = like(value_kind);
        changed.own_errors = false;
        return changed;
    }
    [[nodiscard]] constexpr Option unlisted() const
    {
        Option changed = *this;
        changed.hidden = true;
        return changed;
    }
    [[nodiscard]] constexpr Option also(std::string_view spelling, std::string_view another = {}) const
    {
        Option changed = *this;
        changed.older = {spelling, another};
        return changed;
    }
};

namespace detail {

template <typename T>
struct member_of;
template <typename T, typename C>
struct member_of<T C::*>
{
    using owner = C;
    using type = T;
};
template <typename C>
struct member_of<void (*)(C&, std::string_view)>
{
    using owner = C;
};

template <typename T>
constexpr ValueKind kind_of()
{
    if constexpr (is_optional<T>::value)
        return kind_of<typename T::value_type>();
    else if constexpr (std::is_same_v<T, bool>)
        return ValueKind::Bool;
    else if constexpr (std::is_floating_point_v<T>)
        return ValueKind::Float;
    else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>)
        return ValueKind::Duration;
    else if constexpr (std::is_integral_v<T>)
        return std::is_signed_v<T> ? ValueKind::Int : ValueKind::Uint;
    else
        return ValueKind::String;
}

/// A reader returns a value (stored in the member, or appended to it), or changes the member itself.
template <auto Read, typename T>
void store_read(T& member, std::string_view text)
{
    if constexpr (std::is_invocable_v<decltype(Read), T&, std::string_view>) {
        Read(member, text);
    } else {
        using Value = std::invoke_result_t<decltype(Read), std::string_view>;
        if constexpr (is_vector<T>::value && !std::is_same_v<Value, T>)
            member.push_back(Read(text));
        else
            member = Read(text);
    }
}

template <auto First, auto... Rest, typename Whole>
void store_at(Whole& whole, std::string_view text)
{
    if constexpr (!std::is_member_object_pointer_v<decltype(First)>)
        store_read<First>(whole, text);
    else if constexpr (sizeof...(Rest) == 0)
        read_into(whole.*First, text);
    else
        store_at<Rest...>(whole.*First, text);
}

/// Kind and repetition follow from the type at the path's end.
template <typename Whole, auto First, auto... Rest>
constexpr void describe(Option& option)
{
    if constexpr (!std::is_member_object_pointer_v<decltype(First)>) {
        option.own_errors = true;
        option.repeatable = is_vector<Whole>::value;
    } else if constexpr (sizeof...(Rest) == 0) {
        using Type = typename member_of<decltype(First)>::type;
        option.kind = kind_of<Type>();
        option.repeatable = is_vector<Type>::value;
    } else {
        describe<typename member_of<decltype(First)>::type, Rest...>(option);
    }
}

} // namespace detail

/// An option for a member of an Args struct, by the member's type:
///
///     option<&KillArgs::all>("all", 'a', "", "Signal every running container")
///
/// The path may lead through members (&RunArgs::request, &CreateRequest::name), and end in a reader of the value, whose
/// errors are whole sentences: T(string_view), or void(Member&, string_view).
template <auto First, auto... Rest>
constexpr Option option(std::string_view name, char letter, std::string_view label, std::string_view help)
{
    using Owner = typename detail::member_of<decltype(First)>::owner;
    Option made;
    made.name = name;
    made.letter = letter;
    made.label = label;
    made.help = help;
    detail::describe<Owner, First, Rest...>(made);
    made.implied = made.kind == ValueKind::Bool ? std::string_view{"true"} : std::string_view{};
    made.store = [](void* args, std::string_view text) {
        detail::store_at<First, Rest...>(*static_cast<Owner*>(args), text);
    };
    return made;
}

/// Understood and without effect, for the reason given. An empty label makes it a boolean.
constexpr Option accepted(std::string_view name, char letter, std::string_view label, std::string_view reason)
{
    Option made;
    made.name = name;
    made.letter = letter;
    made.label = label;
    made.help = "Accepted and ignored";
    made.kind = label.empty() ? ValueKind::Bool : ValueKind::String;
    made.implied = label.empty() ? std::string_view{"true"} : std::string_view{};
    made.availability = Availability::Accepted;
    made.reason = reason;
    return made;
}

/// Known and refused by name.
constexpr Option refused(std::string_view name, char letter, std::string_view label, std::string_view reason)
{
    Option made = accepted(name, letter, label, reason);
    made.help = "Not offered";
    made.availability = Availability::Refused;
    return made;
}

} // namespace skiff::cli
