#include "frontends/compose/option_words.hpp"

#include "base/cat.hpp"
#include "frontends/compose/option_text.hpp"

#include <iterator>

namespace skiff::compose {

void OptionWords::add_words(std::vector<std::string> words)
{
    words_.insert(words_.end(), std::make_move_iterator(words.begin()), std::make_move_iterator(words.end()));
}

void OptionWords::add(const char* option, const std::string& value) { words_.push_back(cat("--", option, "=", value)); }

void OptionWords::add_text(const char* key, const char* option)
{
    if (const std::string value = node_.text_of(key); !value.empty())
        add(option, value);
}

void OptionWords::add_flag(const char* key, const char* option)
{
    if (node_.flag_of(key))
        words_.push_back(cat("--", option));
}

void OptionWords::add_list(const char* key, const char* option, bool commas)
{
    if (const Node* list = node_.find(key); list != nullptr)
        for (const Node& item : list->items)
            add(option, commas ? csv_field(item.text) : item.text);
}

void OptionWords::add_pairs(const Node* pairs, const char* option, bool commas)
{
    if (pairs != nullptr)
        for (const Node::Entry& entry : pairs->entries)
            add(option, commas ? csv_field(cat(entry.key, "=", entry.value.text)) : cat(entry.key, "=", entry.value.text));
}

} // namespace skiff::compose
