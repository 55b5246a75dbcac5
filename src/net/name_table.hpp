#pragma once

#include "net/ip_address.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::net {

/// The search domain of containers in networks with a name service, as Podman has it.
constexpr std::string_view container_domain = "dns.podman";

/// Who is called what in one network. Pure.
class NameTable
{
  public:
    struct Entry
    {
        std::vector<std::string> names;     ///< the container's own first
        std::vector<IpAddress> addresses;
        std::vector<std::string> name_servers; ///< the container's own wish (--dns); empty: the network's
        bool is_last = true;                ///< no other name service is asked after this one
    };
    /// Replaces what `id` was called before.
    void set(const std::string& id, Entry entry);
    void remove(const std::string& id);

    /// Addresses of one family of all containers called `name` (also with the container domain behind it), in another order
    /// each time, so that clients spread. Nothing when nobody is; empty when they have none of that family.
    [[nodiscard]] std::optional<std::vector<IpAddress>> find(std::string_view name, bool ipv6);
    /// Whether a name can only be a container's: it lies in the container domain, or has no dot.
    [[nodiscard]] static bool is_local(std::string_view name);
    [[nodiscard]] std::vector<std::string> find_names(const IpAddress& address) const;
    [[nodiscard]] const Entry* find_owner(const IpAddress& address) const;

  private:
    std::map<std::string, Entry> entries_;
    std::map<std::string, std::vector<std::string>, std::less<>> ids_by_name_;
    std::map<IpAddress, std::string> ids_by_address_;
    std::size_t turn_ = 0;
};

} // namespace skiff::net
