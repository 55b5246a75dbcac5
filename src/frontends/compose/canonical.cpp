#include "frontends/compose/canonical.hpp"

#include "base/path.hpp"
#include "frontends/compose/short_forms.hpp"
#include "text/duration.hpp"
#include "text/shell_words.hpp"
#include "text/size.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <charconv>

namespace skiff::compose {
namespace {

bool is_extension(std::string_view key) { return key.starts_with("x-"); }

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

std::string joined(const std::string& path, std::string_view name) { return path.empty() ? std::string{name} : cat(path, ".", name); }

class Canonicaliser
{
  public:
    explicit Canonicaliser(const CanonicalOptions& options) : options_{options} {}

    Node value(const Node& node, const Key& key, const std::string& path)
    {
        Node made = form(node, key, path);
        made.command = node.command;
        return made;
    }

    Node table(const Node& node, const Table& of, const std::string& path)
    {
        require(node, Node::Kind::Map, path);
        Node made = Node::make_map(node.place);
        for (const Node::Entry& entry : node.entries) {
            const Key* key = find_key(of, entry.key);
            if (is_extension(entry.key)) {
                made.set(entry.key, entry.value).command = entry.value.command;
                continue;
            }
            if (key == nullptr)
                refuse_unknown(of, entry, path);
            const std::string name = joined(path, entry.key);
            if (!key->refused.empty())
                throw error_at(entry.key_place, cat(name, " is not supported: ", key->refused));
            if (!key->ignored.empty()) {
                warn(entry.key_place, cat(name, " is ignored: ", key->ignored));
                continue;
            }
            made.entries.push_back({entry.key, entry.key_place, value(entry.value, *key, name)});
        }
        return made;
    }

  private:
    void warn(const Place& place, const std::string& message)
    {
        if (options_.warnings != nullptr)
            options_.warnings->push_back(error_at(place, message).message());
    }

    [[noreturn]] static void refuse_unknown(const Table& of, const Node::Entry& entry, const std::string& path)
    {
        Error error = error_at(entry.key_place,
                               path.empty() ? cat("Additional property ", printable(entry.key), " is not allowed")
                                            : cat(path, " Additional property ", printable(entry.key), " is not allowed"));
        const std::string_view home = find_home(entry.key);
        const auto near = text::find_nearest(entry.key, list_keys(of));
        if (of.name == "top level" && !home.empty())
            error.add_hint(cat(quoted(entry.key), " is ", home));
        else if (near)
            error.add_hint(cat("did you mean ", quoted(*near), "?"));
        else if (!home.empty())
            error.add_hint(cat(quoted(entry.key), " is ", home));
        else if (of.name == "top level" && entry.value.is_map() &&
                 (entry.value.find("image") != nullptr || entry.value.find("build") != nullptr))
            error.add_hint(cat(quoted(entry.key), " looks like a service: indent it below services:"));
        else
            error.add_hint("keys of your own begin with x-");
        throw error;
    }

    static void require(const Node& node, Node::Kind kind, const std::string& path)
    {
        if (node.kind != kind)
            throw error_at(node.place, cat(path.empty() ? "the file" : path, " must be a ", describe(kind), node.is_null() ? "" : cat(", not a ", describe(node.kind))));
    }

    static Node scalar(const Node& node, const std::string& path)
    {
        if (node.is_null())
            return node;
        if (!node.is_text())
            throw error_at(node.place, cat(path, " must be a text, not a ", describe(node.kind)));
        return Node::make_text(node.text, node.place);
    }

    [[noreturn]] static void refuse(const Node& node, const std::string& path, std::string_view wanted)
    {
        throw error_at(node.place, cat(path, " must be ", wanted, node.is_text() ? cat(", not ", quoted(node.text)) : cat(", not a ", describe(node.kind))));
    }

    Node form(const Node& node, const Key& key, const std::string& path)
    {
        if (node.is_null() && (node.command == Node::Command::Reset || key.form != Form::Table))
            return node;
        switch (key.form) {
        case Form::Text:
            return path_of(key, text_form(node, key, path));
        case Form::Number:
            if (!node.is_text() || !is_integer(node.text))
                refuse(node, path, "a whole number");
            return typed(node);
        case Form::Real:
            if (!node.is_text() || !is_real(node.text))
                refuse(node, path, "a number");
            return typed(node);
        case Form::Bool:
            if (!node.is_text() || (!is_true_word(node.text) && !is_false_word(node.text)))
                refuse(node, path, "true or false");
            return Node::make_bool(is_true_word(node.text), node.place);
        case Form::Duration:
            return duration(node, path);
        case Form::Bytes:
            return bytes(node, path);
        case Form::Words:
            return words(node, path);
        case Form::Test:
            return test(node, path);
        case Form::Texts:
            if (node.is_text()) {
                Node made = Node::make_list(node.place);
                made.items.push_back(path_of(key, scalar(node, path)));
                return made;
            }
            return list(node, key, path);
        case Form::List:
            return list(node, key, path);
        case Form::Pairs:
            return pairs(node, path);
        case Form::Hosts:
            return hosts(node, path);
        case Form::Table:
            return table(long_form(node, key), *key.table, path);
        case Form::Named:
            return named(node, key, path);
        case Form::Records:
            return records(node, key, path);
        case Form::External:
            return external(node, path);
        case Form::Any:
            return node;
        }
        return node;
    }

    /// A number or boolean keeps its spelling and its type.
    static Node typed(const Node& node)
    {
        Node made = Node::make_text(node.text, node.place);
        made.plain = true;
        return made;
    }

    /// Not every text is one: a list or a mapping there is a mistake.
    static Node text_form(const Node& node, const Key& /*key*/, const std::string& path) { return scalar(node, path); }

    Node path_of(const Key& key, Node node) const
    {
        if (key.is_path && node.is_text() && !options_.directory.empty() && !is_remote_context(node.text))
            node.text = resolve_path(node.text, options_.directory, options_.home);
        return node;
    }

    static Node duration(const Node& node, const std::string& path)
    {
        if (!node.is_text())
            refuse(node, path, "a duration such as 30s");
        try {
            return Node::make_text(text::format_duration_go(text::parse_duration(node.text)), node.place);
        } catch (const Error&) {
            throw error_at(node.place, cat(path, " must be a duration, not ", quoted(node.text))).with_hint("durations need a unit: 30s, 1m30s, 500ms");
        }
    }

    /// Bytes in figures, as `config` shows them.
    static Node bytes(const Node& node, const std::string& path)
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

    static Node words(const Node& node, const std::string& path)
    {
        if (node.is_list()) {
            Node made = Node::make_list(node.place);
            for (const Node& item : node.items)
                made.items.push_back(word(item, path));
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

    static Node word(const Node& item, const std::string& path)
    {
        if (!item.is_text())
            throw error_at(item.place, cat(path, " holds a ", describe(item.kind), " where a text is expected"))
                .with_hint("a text with \": \" in it stands in quotes");
        return Node::make_text(item.text, item.place);
    }

    static Node test(const Node& node, const std::string& path)
    {
        if (node.is_text()) {
            Node made = Node::make_list(node.place);
            made.items.push_back(Node::make_text("CMD-SHELL", node.place));
            made.items.push_back(Node::make_text(node.text, node.place));
            return made;
        }
        if (!node.is_list())
            refuse(node, path, "a text or a list");
        const Node made = words(node, path);
        const std::string first = made.items.empty() ? "" : made.items[0].text;
        if (!made.items.empty() && first != "NONE" && first != "CMD" && first != "CMD-SHELL")
            throw error_at(node.place, cat(path, " must begin with NONE, CMD or CMD-SHELL, not ", quoted(first)))
                .with_hint(cat("write [\"CMD\", \"", printable(first), "\", ...]"));
        return made;
    }

    Node list(const Node& node, const Key& key, const std::string& path)
    {
        require(node, Node::Kind::List, path);
        Node made = Node::make_list(node.place);
        for (const Node& item : node.items) {
            Node one = path_of(key, word(item, path));
            if (std::find(made.items.begin(), made.items.end(), one) == made.items.end())
                made.items.push_back(std::move(one));
        }
        return made;
    }

    static Node pairs(const Node& node, const std::string& path)
    {
        Node made = Node::make_map(node.place);
        if (node.is_map()) {
            for (const Node::Entry& entry : node.entries) {
                if (entry.value.is_list() || entry.value.is_map())
                    throw error_at(entry.value.place, cat(joined(path, entry.key), " must be a text, not a ", describe(entry.value.kind)));
                Node one = entry.value.is_null() ? entry.value : Node::make_text(entry.value.text, entry.value.place);
                one.command = entry.value.command;
                made.entries.push_back({entry.key, entry.key_place, std::move(one)});
            }
            return made;
        }
        if (!node.is_list())
            refuse(node, path, "a mapping, or a list of NAME=VALUE");
        for (const Node& item : node.items) {
            const std::string text = word(item, path).text;
            const std::size_t equals = text.find('=');
            Node none;
            none.place = item.place;
            made.set(text.substr(0, equals), equals == std::string::npos ? none : Node::make_text(text.substr(equals + 1), item.place));
        }
        return made;
    }

    static Node hosts(const Node& node, const std::string& path)
    {
        Node made = Node::make_map(node.place);
        const auto add = [&](const std::string& host, const std::string& address, const Place& place) {
            std::string bare = address;
            if (bare.starts_with('[') && bare.ends_with(']'))
                bare = bare.substr(1, bare.size() - 2);
            Node* known = made.find(host);
            if (known == nullptr)
                known = &made.set(host, Node::make_list(place));
            known->items.push_back(Node::make_text(bare, place));
        };
        if (node.is_map()) {
            for (const Node::Entry& entry : node.entries)
                for (const Node& one : entry.value.is_list() ? entry.value.items : std::vector<Node>{entry.value})
                    add(entry.key, word(one, path).text, one.place);
            return made;
        }
        require(node, Node::Kind::List, path);
        for (const Node& item : node.items) {
            const std::string text = word(item, path).text;
            std::size_t cut = text.find('=');
            if (cut == std::string::npos)
                cut = text.find(':');
            if (cut == std::string::npos || cut == 0 || cut + 1 == text.size())
                throw error_at(item.place, cat("bad host name ", quoted(text), " in ", path)).with_hint("lines are HOST=ADDRESS");
            add(text.substr(0, cut), text.substr(cut + 1), item.place);
        }
        return made;
    }

    /// A text in place of a mapping.
    static Node long_form(const Node& node, const Key& key)
    {
        if (!node.is_text())
            return node;
        const char* name = key.shorthand == Short::Build ? "context" : key.shorthand == Short::Extends ? "service" : nullptr;
        if (name == nullptr)
            return node;
        Node made = Node::make_map(node.place);
        made.set(name, Node::make_text(node.text, node.place));
        return made;
    }

    Node named(const Node& node, const Key& key, const std::string& path)
    {
        Node made = Node::make_map(node.place);
        const bool is_depends = key.shorthand == Short::DependsOn;
        if (node.is_list() && (is_depends || key.name == "networks") && path.find('.') != std::string::npos) {
            for (const Node& item : node.items) {
                Node one;
                one.place = item.place;
                made.set(word(item, path).text, is_depends ? started(item.place) : one);
            }
            return made;
        }
        require(node, Node::Kind::Map, path);
        for (const Node::Entry& entry : node.entries) {
            const std::string name = joined(path, entry.key);
            if (path.find('.') == std::string::npos && is_extension(entry.key)) {
                made.entries.push_back(entry);
                continue;
            }
            if (entry.value.is_null() && path == "services")
                throw error_at(entry.key_place, cat(name, " must be a mapping"))
                    .with_hint(cat("indent the keys of ", quoted(entry.key), " below it"));
            Node one = entry.value.is_null() ? entry.value : table(entry.value, *key.table, name);
            one.command = entry.value.command;
            if (is_depends && one.is_map())
                complete(one);
            made.entries.push_back({entry.key, entry.key_place, std::move(one)});
        }
        return made;
    }

    static Node started(const Place& place)
    {
        Node made = Node::make_map(place);
        complete(made);
        return made;
    }

    static void complete(Node& dependency)
    {
        if (dependency.find("condition") == nullptr)
            dependency.set("condition", Node::make_text("service_started", dependency.place));
        if (dependency.find("required") == nullptr)
            dependency.set("required", Node::make_bool(true, dependency.place));
    }

    Node records(const Node& node, const Key& key, const std::string& path)
    {
        Node made = Node::make_list(node.place);
        const bool may_be_one = key.shorthand == Short::EnvFile || key.shorthand == Short::Include || key.shorthand == Short::Gpus;
        if (may_be_one && !node.is_list()) {
            add_record(made, node, key, path);
            return made;
        }
        require(node, Node::Kind::List, path);
        for (const Node& item : node.items)
            add_record(made, item, key, path);
        return made;
    }

    void add_record(Node& list, const Node& item, const Key& key, const std::string& path)
    {
        const std::string name = cat(path, "[", list.items.size(), "]");
        if (item.is_map()) {
            Node one = table(item, *key.table, name);
            complete_record(one, key, name);
            list.items.push_back(std::move(one));
            return;
        }
        const std::string text = word(item, path).text;
        const auto with = [&](const char* field) {
            Node made = Node::make_map(item.place);
            made.set(field, Node::make_text(text, item.place));
            return table(made, *key.table, name);
        };
        switch (key.shorthand) {
        case Short::Port:
            for (Node& port : expand_port(text, item.place))
                list.items.push_back(std::move(port));
            return;
        case Short::Volume: {
            Node volume = expand_volume(text, item.place);
            complete_record(volume, key, name);
            list.items.push_back(std::move(volume));
            return;
        }
        case Short::Device:
            list.items.push_back(expand_device(text, item.place));
            return;
        case Short::EnvFile:
        case Short::Include: {
            Node made = with("path");
            complete_record(made, key, name);
            list.items.push_back(std::move(made));
            return;
        }
        case Short::FileRef:
            list.items.push_back(with("source"));
            return;
        case Short::Gpus: {
            Node made = Node::make_map(item.place);
            made.set("count", Node::make_text(text, item.place));
            list.items.push_back(std::move(made));
            return;
        }
        default:
            throw error_at(item.place, cat(name, " must be a mapping, not a text"));
        }
    }

    void complete_record(Node& record, const Key& key, const std::string& path)
    {
        if (key.shorthand == Short::EnvFile && record.find("required") == nullptr)
            record.set("required", Node::make_bool(true, record.place));
        if (key.shorthand == Short::Port) {
            if (record.find("target") == nullptr)
                throw error_at(record.place, cat(path, " needs a target"));
            for (const char* field : {"target", "published"})
                if (const Node* port = record.find(field); port != nullptr)
                    check_port(*port);
            if (record.find("mode") == nullptr)
                record.set("mode", Node::make_text("ingress", record.place));
            if (record.find("protocol") == nullptr)
                record.set("protocol", Node::make_text("tcp", record.place));
        }
        if (key.shorthand == Short::Volume)
            complete_mount(record, path);
    }

    void complete_mount(Node& mount, const std::string& path)
    {
        const std::string type = mount.text_of("type");
        constexpr std::string_view known[] = {"bind", "volume", "tmpfs", "image"};
        if (type.empty())
            throw error_at(mount.place, cat(path, " needs a type")).with_hint("types are bind, volume, tmpfs and image");
        if (std::find(std::begin(known), std::end(known), type) == std::end(known))
            throw error_at(mount.place, cat(path, ".type ", quoted(type), " is not supported: there are bind, volume, tmpfs and image"));
        const Node* target = mount.find("target");
        if (target == nullptr || !target->text.starts_with('/'))
            throw error_at(mount.place, cat(path, " needs an absolute path as its target"));
        Node* source = mount.find("source");
        if (type == "bind" && source == nullptr)
            throw error_at(mount.place, cat(path, " of type bind needs a source"));
        if (type == "bind" && !options_.directory.empty())
            source->text = resolve_path(source->text, options_.directory, options_.home);
    }

    static Node external(const Node& node, const std::string& path)
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

    const CanonicalOptions& options_;
};

} // namespace

Node make_canonical(const Node& document, const CanonicalOptions& options)
{
    if (!document.is_map())
        throw error_at(document.place, cat("the file must be a mapping, not a ", describe(document.kind)))
            .with_hint("it begins with services:");
    Canonicaliser work{options};
    Node made = work.table(document, top_table, "");
    if (made.find("version") != nullptr) {
        if (options.warnings != nullptr)
            options.warnings->push_back(error_at(made.find("version")->place,
                                                 "the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion")
                                            .message());
        made.erase("version");
    }
    return made;
}

Node make_canonical(const Node& value, const Key& key, const std::string& path, const CanonicalOptions& options)
{
    return Canonicaliser{options}.value(value, key, path);
}

std::string resolve_path(const std::string& path, const std::string& directory, const std::string& home)
{
    std::string whole = path;
    if (path == "~" || path.starts_with("~/"))
        whole = home + path.substr(1);
    else if (!path.starts_with('/'))
        whole = cat(directory, "/", path);
    std::vector<std::string> names;
    for (std::string& name : components_of(whole)) {
        if (name != "..")
            names.push_back(std::move(name));
        else if (!names.empty())
            names.pop_back();
    }
    std::string clean;
    for (const std::string& name : names)
        clean += cat("/", name);
    return clean.empty() ? "/" : clean;
}

bool is_remote_context(const std::string& context)
{
    return context.find("://") != std::string::npos || context.starts_with("git@") || context.starts_with("github.com/");
}

} // namespace skiff::compose
