#include "base/path.hpp"

namespace skiff {

std::vector<std::string> components_of(std::string_view path)
{
    std::vector<std::string> components;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view head = path.substr(0, slash);
        if (!head.empty() && head != ".")
            components.emplace_back(head);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return components;
}

} // namespace skiff
