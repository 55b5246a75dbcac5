#include "frontends/compose/unknown_key.hpp"

#include "text/suggest.hpp"

namespace skiff::compose {

void refuse_unknown_key(const Table& of, const Node::Entry& entry, const std::string& path)
{
    Error error = error_at(entry.key_place,
                           path.empty() ? cat("Additional property ", printable(entry.key), " is not allowed")
                                        : cat(path, " Additional property ", printable(entry.key), " is not allowed"));
    constexpr std::string_view services = "services.";
    const std::string name = path.starts_with(services) ? path.substr(services.size()) : std::string{};
    const std::string_view home = find_home(entry.key);
    const auto near = text::find_nearest(entry.key, list_keys(of));
    if (find_key(top_table, name) != nullptr) // volumes: below services:
        error.add_hint(cat(quoted(name), " is read as a service: as a section of its own it begins at the left edge"));
    else if (of.name == "top level" && !home.empty())
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

} // namespace skiff::compose
