#include "frontends/compose/key_index.hpp"

namespace skiff::compose {

KeyIndex::KeyIndex(Node& map) : map_{map} { fill(); }

void KeyIndex::fill()
{
    places_.clear();
    for (std::size_t i = 0; i < map_.entries.size(); ++i)
        places_.emplace(map_.entries[i].key, i);
}

Node* KeyIndex::find(const std::string& key)
{
    const auto known = places_.find(key);
    return known == places_.end() ? nullptr : &map_.entries[known->second].value;
}

void KeyIndex::set(Node::Entry entry)
{
    if (Node* known = find(entry.key); known != nullptr) {
        *known = std::move(entry.value);
        return;
    }
    places_.emplace(entry.key, map_.entries.size());
    map_.entries.push_back(std::move(entry));
}

void KeyIndex::erase(const std::string& key)
{
    if (find(key) == nullptr)
        return;
    map_.erase(key);
    fill();
}

} // namespace skiff::compose
