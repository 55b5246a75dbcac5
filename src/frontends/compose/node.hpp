#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A document while it is being read, merged and checked: a tree of maps, lists and texts that remembers where each came
/// from. The typed model (project.hpp) is made of it at the end.
namespace skiff::compose {

/// Where something stands; shown as "compose.yaml:7".
struct Place
{
    std::shared_ptr<const std::string> file; ///< null: made here
    std::uint32_t line = 0;                  ///< from 1

    [[nodiscard]] std::string text() const; ///< empty without a file
};

class Node
{
  public:
    enum class Kind
    {
        Null,
        Text, ///< every scalar: `plain` says whether it may be a number or a boolean
        List,
        Map
    };
    /// !reset and !override: what a later file does to the value of an earlier one.
    enum class Command
    {
        None,
        Reset,
        Override
    };

    struct Entry;

    Kind kind = Kind::Null;
    bool plain = false; ///< Text: written without quotes
    Command command = Command::None;
    Place place;
    std::string text;
    std::vector<Node> items;     ///< List
    std::vector<Entry> entries;  ///< Map, in the order of the file; keys are unique

    static Node make_text(std::string value, Place place = {});
    static Node make_list(Place place = {});
    static Node make_map(Place place = {});
    static Node make_bool(bool value, Place place = {});

    [[nodiscard]] bool is_null() const { return kind == Kind::Null; }
    [[nodiscard]] bool is_text() const { return kind == Kind::Text; }
    [[nodiscard]] bool is_list() const { return kind == Kind::List; }
    [[nodiscard]] bool is_map() const { return kind == Kind::Map; }
    /// Null, an empty list or an empty map.
    [[nodiscard]] bool is_empty() const;

    [[nodiscard]] const Node* find(std::string_view key) const; ///< null when it is not there
    [[nodiscard]] Node* find(std::string_view key);
    Node& set(std::string key, Node value); ///< replaces or appends
    bool erase(std::string_view key);
    /// The text of a key's scalar; empty when there is none.
    [[nodiscard]] std::string text_of(std::string_view key) const;
    [[nodiscard]] bool flag_of(std::string_view key) const; ///< a canonical boolean; false when there is none

    bool operator==(const Node& other) const; ///< by content: places do not count, nor the order of keys
};

struct Node::Entry
{
    std::string key;
    Place key_place;
    Node value;
};

/// "list", "mapping", "text" or "nothing", for messages.
std::string_view describe(Node::Kind kind);

/// How many services may stand on one another by extends, and by depends_on: what follows them calls itself.
constexpr std::size_t max_links = 100;

/// Error(Failure) "FILE:LINE: MESSAGE".
Error error_at(const Place& place, const std::string& message);

/// "services.web" and "image": "services.web.image".
std::string below(const std::string& path, std::string_view key);

/// Throws "FILE:LINE: PATH must be a list, not a text" where the node is of another kind.
void require(const Node& node, Node::Kind kind, const std::string& path);
/// Throws "FILE:LINE: PATH must be WANTED, not 'x'".
[[noreturn]] void refuse(const Node& node, const std::string& path, std::string_view wanted);

/// True, false, and what YAML 1.1 calls so; nothing when it is neither.
bool is_true_word(std::string_view text);
bool is_false_word(std::string_view text);

} // namespace skiff::compose
