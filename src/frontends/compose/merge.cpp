#include "frontends/compose/merge.hpp"

#include "frontends/compose/key_index.hpp"
#include "frontends/compose/lists.hpp"

#include <algorithm>
#include <unordered_map>

namespace skiff::compose {
namespace {

/// What makes two records the same one.
std::string identity_of(const Node& record, const Key& key)
{
    switch (key.shorthand) {
    case Short::Port:
        return cat(record.text_of("host_ip"), "|", record.text_of("target"), "|", record.text_of("published"), "|", record.text_of("protocol"));
    case Short::Volume:
    case Short::Device:
        return record.text_of("target");
    case Short::FileRef: {
        const std::string target = record.text_of("target");
        return target.empty() ? record.text_of("source") : target;
    }
    case Short::EnvFile:
    case Short::Rule:
        return record.text_of("path");
    case Short::Subnet:
        return record.text_of("subnet");
    default:
        return {};
    }
}

void merge_records(Node& into, Node over, const Key& key)
{
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < into.items.size(); ++i)
        if (std::string identity = identity_of(into.items[i], key); !identity.empty())
            places.emplace(std::move(identity), i);
    for (Node& record : over.items) {
        const std::string identity = identity_of(record, key);
        if (const auto known = places.find(identity); known != places.end()) {
            Node& same = into.items[known->second];
            if (key.shorthand == Short::Subnet)
                merge(same, std::move(record), {key.name, Form::Table, key.table});
            else
                same = std::move(record);
            continue;
        }
        if (!identity.empty())
            places.emplace(identity, into.items.size());
        if (!identity.empty() || std::find(into.items.begin(), into.items.end(), record) == into.items.end())
            into.items.push_back(std::move(record));
    }
}

const Key& any_key()
{
    static constexpr Key key{"", Form::Any};
    return key;
}

/// The entry `over` onto a mapping whose keys are described by `find`.
template <typename KeyOf>
void merge_entries(Node& into, Node over, KeyOf&& key_of)
{
    KeyIndex index{into};
    for (Node::Entry& entry : over.entries) {
        Node* known = index.find(entry.key);
        if (entry.value.command == Node::Command::Reset) {
            index.erase(entry.key);
            continue;
        }
        if (known == nullptr) {
            drop_commands(entry.value);
            index.set(std::move(entry));
        } else {
            merge(*known, std::move(entry.value), key_of(entry.key));
        }
    }
}

/// Options of another driver mean nothing to this one.
void prepare_logging(Node& into, const Node& over)
{
    const std::string now = into.text_of("driver");
    const std::string then = over.text_of("driver");
    if (!then.empty() && !now.empty() && then != now)
        into.erase("options");
}

} // namespace

void merge(Node& into, Node over, const Key& key)
{
    if (over.command == Node::Command::Override || into.is_null()) {
        over.command = Node::Command::None;
        drop_commands(over);
        into = std::move(over);
        return;
    }
    if (over.is_null())
        return;
    switch (key.form) {
    case Form::Texts:
    case Form::List:
        append_unique(into, std::move(over.items));
        return;
    case Form::Records:
        merge_records(into, std::move(over), key);
        return;
    case Form::Pairs:
    case Form::Hosts: {
        KeyIndex index{into};
        for (Node::Entry& entry : over.entries) {
            if (entry.value.command == Node::Command::Reset)
                index.erase(entry.key);
            else
                index.set(std::move(entry));
        }
        return;
    }
    case Form::Table:
        if (key.name == "logging")
            prepare_logging(into, over);
        merge_entries(into, std::move(over), [&](const std::string& name) -> const Key& {
            const Key* found = find_key(*key.table, name);
            return found == nullptr ? any_key() : *found;
        });
        return;
    case Form::Named: {
        const Key member{key.name, Form::Table, key.table};
        merge_entries(into, std::move(over), [&](const std::string&) -> const Key& { return member; });
        return;
    }
    case Form::Any:
        if (into.is_map() && over.is_map()) {
            merge_entries(into, std::move(over), [](const std::string&) -> const Key& { return any_key(); });
            return;
        }
        if (into.is_list() && over.is_list()) {
            append_unique(into, std::move(over.items));
            return;
        }
        break;
    default:
        break;
    }
    drop_commands(over);
    into = std::move(over);
}

void merge(Node& into, Node over)
{
    const Key whole{"", Form::Table, &top_table};
    merge(into, std::move(over), whole);
}

void drop_commands(Node& node)
{
    node.command = Node::Command::None;
    std::erase_if(node.entries, [](const Node::Entry& entry) { return entry.value.command == Node::Command::Reset; });
    for (Node::Entry& entry : node.entries)
        drop_commands(entry.value);
    for (Node& item : node.items)
        drop_commands(item);
}

} // namespace skiff::compose
