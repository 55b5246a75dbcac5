#include "frontends/compose/hook_words.hpp"

namespace skiff::compose {

std::vector<std::string> hook_words(const Node& hook, const std::string& container)
{
    std::vector<std::string> words{"exec"};
    if (const std::string user = hook.text_of("user"); !user.empty())
        words.push_back(cat("--user=", user));
    if (hook.flag_of("privileged"))
        words.emplace_back("--privileged");
    if (const std::string directory = hook.text_of("working_dir"); !directory.empty())
        words.push_back(cat("--workdir=", directory));
    if (const Node* environment = hook.find("environment"); environment != nullptr)
        for (const Node::Entry& entry : environment->entries)
            words.push_back(cat("--env=", entry.key, "=", entry.value.text));
    words.push_back(container);
    if (const Node* command = hook.find("command"); command != nullptr)
        for (const Node& word : command->items)
            words.push_back(word.text);
    return words;
}

} // namespace skiff::compose
