#include "frontends/compose/lists.hpp"

#include "frontends/compose/key_index.hpp"
#include "text/shell_words.hpp"

#include <algorithm>
#include <unordered_set>

namespace skiff::compose {

void require_list(const Node& node, const std::string& path)
{
    if (node.is_list())
        return;
    const std::string key = path.substr(path.rfind('.') + 1);
    Error error = error_at(node.place, cat(path, " must be a list, not a ", describe(node.kind)));
    if (node.is_text() && node.plain && node.text.starts_with('-'))
        error.add_hint(cat("a blank stands behind the dash of an element: - ", printable(node.text.substr(1))));
    else if (node.is_text())
        error.add_hint(cat("write ", key, ": [\"", printable(node.text), "\"]"));
    else if (node.is_map())
        error.add_hint("each element stands on a line of its own behind a dash and a blank");
    throw error;
}

Node make_word(const Node& item, const std::string& path)
{
    if (!item.is_text())
        throw error_at(item.place, cat(path, " holds a ", describe(item.kind), " where a text is expected"))
            .with_hint("a text with \": \" in it stands in quotes");
    return Node::make_text(item.text, item.place);
}

Node make_words(const Node& node, const std::string& path)
{
    if (node.is_list()) {
        Node made = Node::make_list(node.place);
        for (const Node& item : node.items)
            made.items.push_back(make_word(item, path));
        return made;
    }
    if (!node.is_text())
        refuse(node, path, "a command: a text or a list");
    Node made = Node::make_list(node.place);
    try {
        for (std::string& one : text::split_shell_words(node.text))
            made.items.push_back(Node::make_text(std::move(one), node.place));
    } catch (const Error& error) {
        throw error_at(node.place, cat(path, ": ", error.message()));
    }
    return made;
}

Node make_test(const Node& node, const std::string& path)
{
    if (node.is_text()) {
        Node made = Node::make_list(node.place);
        made.items.push_back(Node::make_text("CMD-SHELL", node.place));
        made.items.push_back(Node::make_text(node.text, node.place));
        return made;
    }
    if (!node.is_list())
        refuse(node, path, "a text or a list");
    const Node made = make_words(node, path);
    const std::string first = made.items.empty() ? "" : made.items[0].text;
    if (!made.items.empty() && first != "NONE" && first != "CMD" && first != "CMD-SHELL")
        throw error_at(node.place, cat(path, " must begin with NONE, CMD or CMD-SHELL, not ", quoted(first)))
            .with_hint(cat("write [\"CMD\", \"", printable(first), "\", ...]"));
    return made;
}

Node make_pairs(const Node& node, const std::string& path)
{
    Node made = Node::make_map(node.place);
    if (node.is_map()) {
        for (const Node::Entry& entry : node.entries) {
            const bool is_reset = entry.value.command == Node::Command::Reset;
            if (!is_reset && (entry.value.is_list() || entry.value.is_map()))
                throw error_at(entry.value.place, cat(below(path, entry.key), " must be a text, not a ", describe(entry.value.kind)));
            Node one = entry.value.is_null() ? entry.value : Node::make_text(entry.value.text, entry.value.place);
            one.command = entry.value.command;
            made.entries.push_back({entry.key, entry.key_place, std::move(one)});
        }
        return made;
    }
    if (!node.is_list())
        refuse(node, path, "a mapping, or a list of NAME=VALUE, on lines of their own");
    for (const Node& item : node.items)
        if (item.is_map() && item.entries.size() == 1 && !item.entries[0].value.is_map() && !item.entries[0].value.is_list())
            throw error_at(item.place, cat(path, " is a list, and its element ", quoted(item.entries[0].key), " a mapping"))
                .with_hint(cat("write ", printable(item.entries[0].key), "=", printable(item.entries[0].value.text), ", or leave out the dashes of all elements"));
    KeyIndex index{made};
    for (const Node& item : node.items) {
        const std::string text = make_word(item, path).text;
        const std::size_t equals = text.find('=');
        Node none;
        none.place = item.place;
        index.set({text.substr(0, equals), item.place, equals == std::string::npos ? none : Node::make_text(text.substr(equals + 1), item.place)});
    }
    return made;
}

Node make_hosts(const Node& node, const std::string& path)
{
    Node made = Node::make_map(node.place);
    KeyIndex index{made};
    const auto add = [&](const std::string& host, const std::string& address, const Place& place) {
        std::string bare = address;
        if (bare.starts_with('[') && bare.ends_with(']'))
            bare = bare.substr(1, bare.size() - 2);
        if (index.find(host) == nullptr)
            index.set({host, place, Node::make_list(place)});
        index.find(host)->items.push_back(Node::make_text(bare, place));
    };
    if (node.is_map()) {
        for (const Node::Entry& entry : node.entries)
            for (const Node& one : entry.value.is_list() ? entry.value.items : std::vector<Node>{entry.value})
                add(entry.key, make_word(one, path).text, one.place);
        return made;
    }
    require_list(node, path);
    for (const Node& item : node.items) {
        const std::string text = make_word(item, path).text;
        std::size_t cut = text.find('=');
        if (cut == std::string::npos)
            cut = text.find(':');
        if (cut == std::string::npos || cut == 0 || cut + 1 == text.size())
            throw error_at(item.place, cat("bad host name ", quoted(text), " in ", path)).with_hint("lines are HOST=ADDRESS");
        add(text.substr(0, cut), text.substr(cut + 1), item.place);
    }
    return made;
}

void append_unique(Node& list, std::vector<Node> items)
{
    std::unordered_set<std::string> texts;
    for (const Node& known : list.items)
        if (known.is_text())
            texts.insert(known.text);
    for (Node& item : items) {
        const bool is_new = item.is_text() ? texts.insert(item.text).second : std::find(list.items.begin(), list.items.end(), item) == list.items.end();
        if (is_new)
            list.items.push_back(std::move(item));
    }
}

} // namespace skiff::compose
