#pragma once

#include "frontends/compose/node.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// $NAME in values. Source: the Compose Specification, "interpolation".
namespace skiff::compose {

using Lookup = std::function<std::optional<std::string>(const std::string& name)>;
/// Called with the name of a variable that is not set and has no default.
using OnUnset = std::function<void(const std::string& name)>;

/// What one load may become in memory beyond its files: a few lines of variables that repeat each other make gigabytes.
class ByteBudget
{
  public:
    explicit ByteBudget(std::size_t limit_bytes = default_limit_bytes) : limit_{limit_bytes}, left_{limit_bytes} {}

    /// Throws Error when it is used up; where `place` says.
    void take(std::size_t bytes, const Place& place = {});

    static constexpr std::size_t default_limit_bytes = 64U << 20U;

  private:
    std::size_t limit_, left_;
};

/// `lookup`, with what it gives out taken from `budget`.
Lookup counted(Lookup lookup, ByteBudget& budget);

/// Replaces $V, ${V}, ${V:-d}, ${V-d}, ${V:?e}, ${V?e}, ${V:+r}, ${V+r} and $$; d, e and r may hold the same again.
/// Throws Error `required variable V is missing a value: e` and `Invalid template: "..."`.
std::string interpolate(std::string_view text, const Lookup& lookup, const OnUnset& on_unset);

/// All texts of the tree but keys; errors tell the place.
void interpolate(Node& node, const Lookup& lookup, const OnUnset& on_unset);

/// The other way round: each $ twice, so that what is read again is the same.
void escape_dollars(Node& node);

/// The names of the variables in a text, in order, with their defaults: what `config --variables` shows.
struct Variable
{
    std::string name;
    bool required = false;
    std::string default_value;
    std::string alternate;
};
std::vector<Variable> list_variables(std::string_view text);

} // namespace skiff::compose
