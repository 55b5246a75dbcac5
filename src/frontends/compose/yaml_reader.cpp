#include "frontends/compose/yaml_reader.hpp"

#include "frontends/compose/yaml_mistakes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <unordered_set>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

// yaml-cpp reads the characters and calls us with events; the tree is ours, so that no alias is expanded before it has been counted.

namespace skiff::compose {
namespace {

class TreeBuilder : public YAML::EventHandler
{
  public:
    TreeBuilder(std::shared_ptr<const std::string> file, const YamlLimits& limits) : file_{std::move(file)}, limits_{limits} {}

    /// The document that was just read; false when it was empty.
    bool take(Node& document)
    {
        if (!root_)
            return false;
        document = std::move(*root_);
        root_.reset();
        return true;
    }

    /// Where the last scalar in quotes begins.
    [[nodiscard]] const YAML::Mark& last_quoted() const { return last_quoted_; }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override
    {
        anchors_.clear();
        open_.clear();
        root_.reset();
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(Node::Kind::Null, mark, ""), anchor); }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end())
            throw error_at(place_of(mark), "an alias stands inside of what it names");
        count(known->second.size, mark);
        place(Node{known->second.node});
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override
    {
        Node node = make(Node::Kind::Text, mark, tag);
        node.text = value;
        node.plain = tag == "?";
        if (tag == "!")
            last_quoted_ = mark;
        if (node.command == Node::Command::Reset || tag == "tag:yaml.org,2002:null")
            node.kind = Node::Kind::Null;
        add(std::move(node), anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override
    {
        open(make(Node::Kind::List, mark, tag), anchor, mark);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override
    {
        open(make(Node::Kind::Map, mark, tag), anchor, mark);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open
    {
        Node node;
        YAML::anchor_t anchor;
        std::size_t size = 1; ///< nodes in it so far
        bool has_key = false;
        std::string key;
        Place key_place;
        std::unordered_set<std::string> keys; ///< all so far: a mapping may have many
        std::vector<Node> merged;             ///< values of `<<`
    };
    struct Anchored
    {
        Node node;
        std::size_t size;
    };

    [[nodiscard]] Place place_of(const YAML::Mark& mark) const
    {
        return {file_, static_cast<std::uint32_t>(std::max(mark.line, 0) + 1)};
    }

    Node make(Node::Kind kind, const YAML::Mark& mark, const std::string& tag)
    {
        count(1, mark);
        Node node;
        node.kind = kind;
        node.place = place_of(mark);
        if (tag == "!reset")
            node.command = Node::Command::Reset;
        else if (tag == "!override")
            node.command = Node::Command::Override;
        else if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with("tag:yaml.org,2002:"))
            throw error_at(node.place, cat("the tag ", quoted(tag), " is not known; there are !reset and !override"));
        return node;
    }

    void count(std::size_t nodes, const YAML::Mark& mark)
    {
        nodes_ += nodes;
        if (nodes_ > limits_.nodes)
            throw error_at(place_of(mark), cat("the document has more than ", limits_.nodes, " values (aliases count each time)"));
        for (Open& outer : open_)
            outer.size += nodes;
    }

    void open(Node node, YAML::anchor_t anchor, const YAML::Mark& mark)
    {
        if (open_.size() >= limits_.depth)
            throw error_at(place_of(mark), cat("the document is nested deeper than ", limits_.depth, " levels"));
        Open opened{};
        opened.node = std::move(node);
        opened.anchor = anchor;
        open_.push_back(std::move(opened));
    }

    void close()
    {
        Open closed = std::move(open_.back());
        open_.pop_back();
        for (const Node& merged : closed.merged)
            merge(closed, merged);
        if (closed.node.command == Node::Command::Reset)
            forget_content(closed.node);
        if (closed.anchor != 0) {
            count(closed.size, YAML::Mark{}); // the copy
            anchors_[closed.anchor] = {closed.node, closed.size};
        }
        place(std::move(closed.node));
    }

    /// What is reset to nothing may be written as anything.
    static void forget_content(Node& node)
    {
        node.kind = Node::Kind::Null;
        node.items.clear();
        node.entries.clear();
    }

    void add(Node node, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            anchors_[anchor] = {node, 1};
        place(std::move(node));
    }

    /// Puts a finished value where it belongs: it is a key, a value, an element or the document.
    void place(Node node)
    {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& outer = open_.back();
        if (outer.node.is_list()) {
            outer.node.items.push_back(std::move(node));
            return;
        }
        if (!outer.has_key) {
            take_key(outer, node);
            return;
        }
        outer.has_key = false;
        if (outer.key == "<<")
            take_merged(outer, std::move(node));
        else
            outer.node.entries.push_back({std::move(outer.key), std::move(outer.key_place), std::move(node)});
    }

    static void take_key(Open& outer, const Node& node)
    {
        if (!node.is_text() && !node.is_null())
            throw error_at(node.place, cat("a key is a word, not a ", describe(node.kind)));
        const std::string key = node.is_null() ? "null" : node.text;
        if (key != "<<" && !outer.keys.insert(key).second)
            refuse_second(outer, key, node.place);
        outer.key = key;
        outer.key_place = node.place;
        outer.has_key = true;
    }

    [[noreturn]] static void refuse_second(const Open& outer, const std::string& key, const Place& place)
    {
        for (const Node::Entry& known : outer.node.entries)
            if (known.key == key)
                throw error_at(place, cat("mapping key ", quoted(key), " already defined at line ", known.key_place.line));
        throw std::logic_error{"a key is known, and there is none"};
    }

    /// Of several the first ones win.
    static void take_merged(Open& outer, Node node)
    {
        if (node.is_map()) {
            outer.merged.push_back(std::move(node));
            return;
        }
        const bool only_maps = node.is_list() && std::all_of(node.items.begin(), node.items.end(), [](const Node& n) { return n.is_map(); });
        if (!only_maps)
            throw error_at(node.place, "<< merges a mapping, or a list of mappings");
        for (Node& item : node.items)
            outer.merged.push_back(std::move(item));
    }

    /// Own keys win.
    static void merge(Open& into, const Node& from)
    {
        for (const Node::Entry& entry : from.entries)
            if (into.keys.insert(entry.key).second)
                into.node.entries.push_back(entry);
    }

    std::shared_ptr<const std::string> file_;
    YamlLimits limits_;
    std::size_t nodes_ = 0;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::optional<Node> root_;
    YAML::Mark last_quoted_;
};

/// Throws with the first line that is no text.
void require_text(const std::string& text, const Place& file)
{
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        throw error_at(file, "the file is UTF-16").with_hint("save it as UTF-8");
    if (text.find('\0') != std::string::npos)
        throw error_at(file, "the file is binary, not text");
    if (is_utf8(text))
        return;
    Place place = file;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) {
        ++place.line;
        if (!is_utf8(line))
            throw error_at(place, "a character of this line is not UTF-8").with_hint("save the file as UTF-8");
    }
    throw error_at(file, "the file is not UTF-8 text");
}

[[noreturn]] void refuse(const YamlMistake& mistake, Place place)
{
    place.line = mistake.line;
    throw error_at(place, mistake.message).with_hint(mistake.hint);
}

[[noreturn]] void refuse_syntax(const YAML::Exception& error, const std::string& text, Place place)
{
    place.line = error.mark.is_null() ? 0 : static_cast<std::uint32_t>(error.mark.line + 1);
    if (const auto mistake = find_yaml_mistake(text, place.line))
        refuse(*mistake, place);
    throw error_at(place, cat("no YAML: ", error.msg));
}

/// yaml-cpp ends a quoted text at the end of the file, too.
void require_closed(const std::string& text, const YAML::Mark& quoted, const Place& file)
{
    const auto begin = static_cast<std::size_t>(std::max(quoted.pos, 0));
    if (begin < text.size() && is_open_quote(std::string_view{text}.substr(begin)))
        refuse(describe_open_quote(text, static_cast<std::uint32_t>(quoted.line + 1)), file);
}

} // namespace

std::vector<Node> read_yaml(const std::string& text, const std::string& file, const YamlLimits& limits)
{
    const Place whole{std::make_shared<const std::string>(file), 0};
    if (text.size() > limits.bytes)
        throw error_at(whole, cat("the file is larger than ", limits.bytes >> 20U, " MiB"));
    require_text(text, whole);
    TreeBuilder builder{whole.file, limits};
    std::vector<Node> documents;
    try {
        std::istringstream stream{text};
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
            Node document;
            if (builder.take(document))
                documents.push_back(std::move(document));
        }
        require_closed(text, builder.last_quoted(), whole);
    } catch (const YAML::Exception& error) {
        refuse_syntax(error, text, whole);
    }
    return documents;
}

} // namespace skiff::compose
