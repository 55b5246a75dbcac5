#include "frontends/compose/render.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace skiff::compose {
namespace {

using Json = nlohmann::ordered_json;

/// What an unquoted word is in YAML's core schema.
Json plain_value(const std::string& text)
{
    if (text == "true" || text == "false")
        return text == "true";
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    if (const auto [stop, failure] = std::from_chars(text.data(), end, number); failure == std::errc{} && stop == end)
        return number;
    double real = 0;
    if (const auto [stop, failure] = std::from_chars(text.data(), end, real); failure == std::errc{} && stop == end && text.find_first_of("0123456789") != std::string::npos)
        return real;
    return text;
}

std::vector<const Node::Entry*> sorted(const Node& node)
{
    std::vector<const Node::Entry*> entries;
    for (const Node::Entry& entry : node.entries)
        entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](const Node::Entry* a, const Node::Entry* b) { return a->key < b->key; });
    return entries;
}

} // namespace

Json to_json(const Node& node)
{
    switch (node.kind) {
    case Node::Kind::Null:
        return nullptr;
    case Node::Kind::Text:
        return node.plain ? plain_value(node.text) : Json(node.text);
    case Node::Kind::List: {
        Json list = Json::array();
        for (const Node& item : node.items)
            list.push_back(to_json(item));
        return list;
    }
    case Node::Kind::Map: {
        Json map = Json::object();
        for (const Node::Entry* entry : sorted(node))
            map.get_ref<Json::object_t&>().emplace_back(entry->key, to_json(entry->value)); // map[key] would search
        return map;
    }
    }
    return nullptr;
}

std::string fingerprint_text(const Node& node) { return to_json(node).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string fingerprint(const Node& node) { return sha256_hex(fingerprint_text(node)); }

} // namespace skiff::compose
