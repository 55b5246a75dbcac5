#include "frontends/compose/node.hpp"

#include <algorithm>
#include <array>

namespace skiff::compose {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), text) != words.end();
}

} // namespace

std::string Place::text() const { return file == nullptr ? std::string{} : line == 0 ? *file : cat(*file, ":", line); }

Node Node::make_text(std::string value, Place place)
{
    Node node;
    node.kind = Kind::Text;
    node.text = std::move(value);
    node.place = std::move(place);
    return node;
}

Node Node::make_list(Place place)
{
    Node node;
    node.kind = Kind::List;
    node.place = std::move(place);
    return node;
}

Node Node::make_map(Place place)
{
    Node node;
    node.kind = Kind::Map;
    node.place = std::move(place);
    return node;
}

Node Node::make_bool(bool value, Place place)
{
    Node node = make_text(value ? "true" : "false", std::move(place));
    node.plain = true;
    return node;
}

bool Node::is_empty() const
{
    return is_null() || (is_list() && items.empty()) || (is_map() && entries.empty());
}

const Node* Node::find(std::string_view key) const
{
    for (const Entry& entry : entries)
        if (entry.key == key)
            return &entry.value;
    return nullptr;
}

Node* Node::find(std::string_view key)
{
    for (Entry& entry : entries)
        if (entry.key == key)
            return &entry.value;
    return nullptr;
}

Node& Node::set(std::string key, Node value)
{
    kind = Kind::Map;
    if (Node* known = find(key); known != nullptr)
        return *known = std::move(value);
    Place key_place = value.place;
    entries.push_back({std::move(key), std::move(key_place), std::move(value)});
    return entries.back().value;
}

bool Node::erase(std::string_view key)
{
    return std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; }) > 0;
}

std::string Node::text_of(std::string_view key) const
{
    const Node* node = find(key);
    return node == nullptr ? std::string{} : node->text;
}

bool Node::flag_of(std::string_view key) const { return text_of(key) == "true"; }

bool Node::operator==(const Node& other) const
{
    if (kind != other.kind || text != other.text || items != other.items || entries.size() != other.entries.size())
        return false;
    return std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        const Node* same = other.find(entry.key);
        return same != nullptr && *same == entry.value;
    });
}

std::string_view describe(Node::Kind kind)
{
    switch (kind) {
    case Node::Kind::Null:
        return "nothing";
    case Node::Kind::Text:
        return "text";
    case Node::Kind::List:
        return "list";
    case Node::Kind::Map:
        return "mapping";
    }
    return "";
}

Error error_at(const Place& place, const std::string& message)
{
    const std::string where = place.text();
    return Error{ErrorKind::Failure, where.empty() ? message : cat(where, ": ", message)};
}

std::string below(const std::string& path, std::string_view key) { return path.empty() ? std::string{key} : cat(path, ".", key); }

void require(const Node& node, Node::Kind kind, const std::string& path)
{
    if (node.kind != kind)
        throw error_at(node.place, cat(path.empty() ? "the file" : path, " must be a ", describe(kind), node.is_null() ? "" : cat(", not a ", describe(node.kind))));
}

void refuse(const Node& node, const std::string& path, std::string_view wanted)
{
    throw error_at(node.place, cat(path, " must be ", wanted, node.is_text() ? cat(", not ", quoted(node.text)) : cat(", not a ", describe(node.kind))));
}

bool is_true_word(std::string_view text) { return is_one_of(text, {"true", "True", "TRUE", "yes", "y", "on", "1"}); }
bool is_false_word(std::string_view text) { return is_one_of(text, {"false", "False", "FALSE", "no", "n", "off", "0"}); }

} // namespace skiff::compose
