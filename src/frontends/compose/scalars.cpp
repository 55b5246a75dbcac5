#include "frontends/compose/scalars.hpp"

#include "text/duration.hpp"
#include "text/size.hpp"

#include <charconv>

namespace skiff::compose {
namespace {

bool is_integer(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size();
}

bool is_real(std::string_view text)
{
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size();
}

/// A number keeps its spelling and its type.
Node typed(const Node& node)
{
    Node made = Node::make_text(node.text, node.place);
    made.plain = true;
    return made;
}

} // namespace

Node make_scalar(const Node& node, const std::string& path)
{
    if (node.is_null())
        return node;
    if (!node.is_text())
        throw error_at(node.place, cat(path, " must be a text, not a ", describe(node.kind)));
    return Node::make_text(node.text, node.place);
}

Node make_integer(const Node& node, const std::string& path)
{
    if (!node.is_text() || !is_integer(node.text))
        refuse(node, path, "a whole number");
    return typed(node);
}

Node make_real(const Node& node, const std::string& path)
{
    if (!node.is_text() || !is_real(node.text))
        refuse(node, path, "a number");
    return typed(node);
}

Node make_flag(const Node& node, const std::string& path)
{
    if (!node.is_text() || (!is_true_word(node.text) && !is_false_word(node.text)))
        refuse(node, path, "true or false");
    return Node::make_bool(is_true_word(node.text), node.place);
}

Node make_duration(const Node& node, const std::string& path)
{
    if (!node.is_text())
        refuse(node, path, "a duration such as 30s");
    try {
        return Node::make_text(text::format_duration_go(text::parse_duration(node.text)), node.place);
    } catch (const Error&) {
        throw error_at(node.place, cat(path, " must be a duration, not ", quoted(node.text))).with_hint("durations need a unit: 30s, 1m30s, 500ms");
    }
}

Node make_bytes(const Node& node, const std::string& path)
{
    if (!node.is_text())
        refuse(node, path, "a size such as 512m");
    if (node.text == "-1")
        return Node::make_text(node.text, node.place);
    try {
        return Node::make_text(cat(text::parse_bytes(node.text)), node.place);
    } catch (const Error&) {
        throw error_at(node.place, cat(path, " must be a size, not ", quoted(node.text))).with_hint("sizes are numbers with b, k, m or g: 512m, 2g");
    }
}

Node make_external(const Node& node, const std::string& path)
{
    if (node.is_map()) {
        Node made = Node::make_bool(true, node.place);
        for (const Node::Entry& entry : node.entries)
            if (entry.key != "name")
                throw error_at(entry.key_place, cat(path, " Additional property ", printable(entry.key), " is not allowed"));
        made.items.push_back(Node::make_text(node.text_of("name"), node.place)); // taken up by project.cpp
        return made;
    }
    if (!node.is_text() || (!is_true_word(node.text) && !is_false_word(node.text)))
        refuse(node, path, "true or false");
    return Node::make_bool(is_true_word(node.text), node.place);
}

} // namespace skiff::compose
