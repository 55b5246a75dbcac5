#pragma once

#include "frontends/compose/node.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// Collects the words of a command line out of the keys of a mapping.
class OptionWords
{
  public:
    explicit OptionWords(const Node& node) : node_{node} {}

    void add_word(std::string word) { words_.push_back(std::move(word)); }
    void add_words(std::vector<std::string> words);
    void add(const char* option, const std::string& value);
    /// A key whose text is the option's value.
    void add_text(const char* key, const char* option);
    void add_flag(const char* key, const char* option);
    /// With `commas` the option splits its value at commas.
    void add_list(const char* key, const char* option, bool commas);
    void add_pairs(const Node* pairs, const char* option, bool commas);

    std::vector<std::string> take() { return std::move(words_); }

  private:
    const Node& node_;
    std::vector<std::string> words_;
};

} // namespace skiff::compose
