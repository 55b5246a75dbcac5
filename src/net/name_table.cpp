#include "net/name_table.hpp"

#include <algorithm>

namespace skiff::net {
namespace {

std::string folded(std::string_view name)
{
    std::string lower{name};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

/// Without the container domain, when it ends so.
std::string_view without_domain(std::string_view name)
{
    if (name.size() > container_domain.size() && name.ends_with(container_domain) && name[name.size() - container_domain.size() - 1] == '.')
        name.remove_suffix(container_domain.size() + 1);
    return name;
}

} // namespace

void NameTable::set(const std::string& id, Entry entry)
{
    remove(id);
    for (std::string& name : entry.names) {
        name = folded(name);
        std::vector<std::string>& ids = ids_by_name_[name];
        if (std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    }
    for (const IpAddress& address : entry.addresses)
        ids_by_address_[address] = id;
    entries_[id] = std::move(entry);
}

void NameTable::remove(const std::string& id)
{
    const auto found = entries_.find(id);
    if (found == entries_.end())
        return;
    for (const std::string& name : found->second.names)
        if (const auto ids = ids_by_name_.find(name); ids != ids_by_name_.end()) {
            std::erase(ids->second, id);
            if (ids->second.empty())
                ids_by_name_.erase(ids);
        }
    for (const IpAddress& address : found->second.addresses)
        ids_by_address_.erase(address);
    entries_.erase(found);
}

std::optional<std::vector<IpAddress>> NameTable::find(std::string_view name, bool ipv6)
{
    auto ids = ids_by_name_.find(name);
    if (ids == ids_by_name_.end())
        ids = ids_by_name_.find(without_domain(name));
    if (ids == ids_by_name_.end())
        return std::nullopt;
    std::vector<IpAddress> addresses;
    for (const std::string& id : ids->second)
        for (const IpAddress& address : entries_.at(id).addresses)
            if (address.ipv6 == ipv6)
                addresses.push_back(address);
    if (addresses.size() > 1)
        std::rotate(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(turn_++ % addresses.size()), addresses.end());
    return addresses;
}

bool NameTable::is_local(std::string_view name)
{
    return name.find('.') == std::string_view::npos || without_domain(name).size() != name.size();
}

std::vector<std::string> NameTable::find_names(const IpAddress& address) const
{
    const Entry* owner = find_owner(address);
    return owner == nullptr ? std::vector<std::string>{} : owner->names;
}

const NameTable::Entry* NameTable::find_owner(const IpAddress& address) const
{
    const auto id = ids_by_address_.find(address);
    return id == ids_by_address_.end() ? nullptr : &entries_.at(id->second);
}

} // namespace skiff::net
