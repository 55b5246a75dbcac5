#include "frontends/compose/canonical.hpp"

#include "frontends/compose/lists.hpp"
#include "frontends/compose/long_forms.hpp"
#include "frontends/compose/paths.hpp"
#include "frontends/compose/scalars.hpp"
#include "frontends/compose/short_forms.hpp"
#include "frontends/compose/unknown_key.hpp"
#include "text/address.hpp"

namespace skiff::compose {
namespace {

bool is_extension(std::string_view key) { return key.starts_with("x-"); }

class Canonicaliser
{
  public:
    explicit Canonicaliser(const CanonicalOptions& options) : options_{options} {}

    Node value(const Node& node, const Key& key, const std::string& path)
    {
        if (node.command == Node::Command::Reset)
            return reset(node);
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
                made.entries.push_back(entry);
                continue;
            }
            if (key == nullptr)
                refuse_unknown_key(of, entry, path);
            const std::string name = below(path, entry.key);
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
    /// What stands behind !reset does not matter.
    static Node reset(const Node& node)
    {
        Node made;
        made.place = node.place;
        made.command = Node::Command::Reset;
        return made;
    }

    void warn(const Place& place, const std::string& message)
    {
        if (options_.warnings != nullptr)
            options_.warnings->push_back({service_, error_at(place, message).message()});
    }

    Node form(const Node& node, const Key& key, const std::string& path)
    {
        if (node.is_null() && key.form != Form::Table)
            return node;
        switch (key.form) {
        case Form::Text:
            return path_of(key, make_scalar(node, path));
        case Form::Number:
            return make_integer(node, path);
        case Form::Real:
            return make_real(node, path);
        case Form::Bool:
            return make_flag(node, path);
        case Form::Duration:
            return make_duration(node, path);
        case Form::Bytes:
            return make_bytes(node, path);
        case Form::Words:
            return make_words(node, path);
        case Form::Test:
            return make_test(node, path);
        case Form::Texts:
            if (node.is_text()) {
                Node made = Node::make_list(node.place);
                made.items.push_back(path_of(key, make_scalar(node, path)));
                return made;
            }
            return list(node, key, path);
        case Form::List:
            return list(node, key, path);
        case Form::Pairs:
            return make_pairs(node, path);
        case Form::Hosts:
            return make_hosts(node, path);
        case Form::Table:
            return table(long_form(node, key), *key.table, path);
        case Form::Named:
            return named(node, key, path);
        case Form::Records:
            return records(node, key, path);
        case Form::External:
            return make_external(node, path);
        case Form::Any:
            return node;
        }
        return node;
    }

    Node path_of(const Key& key, Node node) const
    {
        if (key.is_path && node.is_text() && !options_.directory.empty() && !text::is_remote_address(node.text))
            node.text = resolve_path(node.text, options_.directory, options_.home);
        return node;
    }

    Node list(const Node& node, const Key& key, const std::string& path)
    {
        require_list(node, path);
        std::vector<Node> items;
        for (const Node& item : node.items)
            items.push_back(path_of(key, make_word(item, path)));
        Node made = Node::make_list(node.place);
        append_unique(made, std::move(items));
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
        const bool may_be_list = path.find('.') != std::string::npos; // depends_on and networks of a service
        if (node.is_list() && may_be_list) {
            for (const Node& item : node.items) {
                Node one;
                one.place = item.place;
                made.set(make_word(item, path).text, is_depends ? started(item.place) : one);
            }
            return made;
        }
        require_names(node, path, may_be_list);
        for (const Node::Entry& entry : node.entries) {
            const std::string name = below(path, entry.key);
            if (path.find('.') == std::string::npos && is_extension(entry.key)) {
                made.entries.push_back(entry);
                continue;
            }
            if (path == "services")
                service_ = entry.key;
            made.entries.push_back({entry.key, entry.key_place, member(entry, key, name)});
        }
        if (path == "services")
            service_.clear();
        return made;
    }

    Node member(const Node::Entry& entry, const Key& key, const std::string& name)
    {
        if (entry.value.command == Node::Command::Reset)
            return reset(entry.value);
        if (entry.value.is_null() && key.name == "services")
            throw error_at(entry.key_place, cat(name, " must be a mapping")).with_hint(cat("indent the keys of ", quoted(entry.key), " below it"));
        Node made = entry.value.is_null() ? entry.value : table(entry.value, *key.table, name);
        made.command = entry.value.command;
        if (key.shorthand == Short::DependsOn && made.is_map())
            complete_dependency(made);
        return made;
    }

    /// A mapping from names.
    static void require_names(const Node& node, const std::string& path, bool may_be_list)
    {
        if (node.is_map())
            return;
        Error error = error_at(node.place, cat(path, " must be a ", may_be_list ? "list or a mapping" : "mapping", ", not a ", describe(node.kind)));
        if (may_be_list && node.is_text())
            error.add_hint(cat("write ", path.substr(path.rfind('.') + 1), ": [", printable(node.text), "]"));
        else if (node.is_text())
            error.add_hint(cat("each name stands on a line of its own, indented: ", printable(node.text), ":"));
        else if (node.is_list())
            error.add_hint("leave the dashes out: each name is a key, with a colon behind it");
        throw error;
    }

    static Node started(const Place& place)
    {
        Node made = Node::make_map(place);
        complete_dependency(made);
        return made;
    }

    Node records(const Node& node, const Key& key, const std::string& path)
    {
        Node made = Node::make_list(node.place);
        const bool may_be_one = key.shorthand == Short::EnvFile || key.shorthand == Short::Include || key.shorthand == Short::Gpus;
        if (may_be_one && !node.is_list()) {
            add_record(made, node, key, path);
            return made;
        }
        require_list(node, path);
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
        const std::string text = make_word(item, path).text;
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

    void complete_record(Node& record, const Key& key, const std::string& path) const
    {
        if (key.shorthand == Short::EnvFile)
            complete_env_file(record);
        if (key.shorthand == Short::Port)
            complete_port(record, path);
        if (key.shorthand != Short::Volume)
            return;
        complete_mount(record, path);
        if (record.text_of("type") == "bind" && !options_.directory.empty()) {
            Node& source = *record.find("source");
            source.text = resolve_path(source.text, options_.directory, options_.home);
        }
    }

    const CanonicalOptions& options_;
    std::string service_; ///< that is being read
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
            options.warnings->push_back({{}, error_at(made.find("version")->place,
                                                 "the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion")
                                                 .message()});
        made.erase("version");
    }
    return made;
}

Node make_canonical(const Node& value, const Key& key, const std::string& path, const CanonicalOptions& options)
{
    return Canonicaliser{options}.value(value, key, path);
}

} // namespace skiff::compose
