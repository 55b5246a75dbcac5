#pragma once

#include "frontends/compose/node.hpp"

#include <string>
#include <unordered_map>

namespace skiff::compose {

/// The entries of one mapping by key, for those who look up as many as there are: Node::find walks. Only this may change which keys
/// the mapping has while it lives.
class KeyIndex
{
  public:
    explicit KeyIndex(Node& map);

    [[nodiscard]] Node* find(const std::string& key);
    void set(Node::Entry entry); ///< replaces the value or appends
    void erase(const std::string& key);

  private:
    void fill();

    Node& map_;
    std::unordered_map<std::string, std::size_t> places_;
};

} // namespace skiff::compose
