#include "archive/entry_name.hpp"

#include "base/error.hpp"

namespace skiff::archive {
namespace {

constexpr std::size_t max_component = 255;
constexpr std::size_t max_path = 4096;
constexpr std::string_view aufs_prefix = ".wh..wh.";

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }

} // namespace

void split_entry_name(std::string_view name, std::vector<std::string_view>& components)
{
    components.clear();
    if (name.empty())
        refuse("the name is empty");
    if (name.size() > max_path)
        refuse(cat("the name has more than ", max_path, " bytes"));
    if (name.find('\0') != std::string_view::npos)
        refuse("the name contains a zero byte");
    while (!name.empty()) {
        const std::size_t slash = name.find('/');
        const std::string_view component = name.substr(0, slash);
        name.remove_prefix(slash == std::string_view::npos ? name.size() : slash + 1);
        if (component.empty() || component == ".")
            continue;
        if (component == "..")
            refuse("the name contains \"..\"");
        if (component.size() > max_component)
            refuse(cat("a component of the name has more than ", max_component, " bytes"));
        if (components.size() == max_depth)
            refuse(cat("the name has more than ", max_depth, " components"));
        components.push_back(component);
    }
}

std::vector<std::string_view> split_entry_name(std::string_view name)
{
    std::vector<std::string_view> components;
    split_entry_name(name, components);
    return components;
}

NameMeaning meaning_of(const std::vector<std::string_view>& components)
{
    for (std::size_t i = 0; i < components.size(); ++i) {
        const std::string_view component = components[i];
        if (!component.starts_with(whiteout_prefix))
            continue;
        const bool last = i + 1 == components.size();
        if (last && component == opaque_name)
            return NameMeaning::Opaque;
        const std::string_view hidden = component.substr(whiteout_prefix.size());
        if (last && (hidden.empty() || hidden == "." || hidden == ".."))
            refuse("a whiteout of nothing");
        if (component.starts_with(aufs_prefix))
            return NameMeaning::Ignored;
        if (!last)
            refuse("a whiteout in the place of a directory");
        return NameMeaning::Whiteout;
    }
    return NameMeaning::Plain;
}

} // namespace skiff::archive
