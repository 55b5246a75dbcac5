#include "frontends/compose/connection_words.hpp"

#include "base/error.hpp"
#include "frontends/compose/option_text.hpp"
#include "frontends/compose/option_words.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

class Connections
{
  public:
    explicit Connections(const Subject& subject) : subject_{subject} {}

    std::vector<std::string> make()
    {
        add_ports();
        add_networks();
        return words_.take();
    }

  private:
    void add_ports()
    {
        if (subject_.one_off != nullptr)
            for (const std::string& text : subject_.one_off->publish)
                words_.add("publish", text);
        if (const Node* expose = node_.find("expose"); expose != nullptr)
            for (const Node& port : expose->items)
                words_.add("expose", port.text);
        if (subject_.one_off != nullptr && !subject_.one_off->service_ports)
            return;
        const Node* ports = node_.find("ports");
        if (ports == nullptr)
            return;
        for (const Node& port : ports->items) {
            const std::string protocol = port.text_of("protocol");
            if (protocol == "sctp")
                throw error_at(port.place, "sctp ports are not supported: the network stack of users knows tcp and udp");
            std::string host_ip = port.text_of("host_ip");
            if (host_ip.find(':') != std::string::npos)
                host_ip = cat("[", host_ip, "]");
            std::string published = port.text_of("published");
            // Of a range each container takes the next one.
            if (const std::size_t dash = published.find('-'); dash != std::string::npos) {
                const unsigned long first = std::stoul(published.substr(0, dash));
                const unsigned long last = std::stoul(published.substr(dash + 1));
                const unsigned long mine = first + subject_.instance.number - 1;
                if (mine > last)
                    throw error_at(port.place, cat("services.", subject_.service.name, ": the ports ", published, " do not suffice for container ", subject_.instance.number));
                published = cat(mine);
            }
            if (published == "0")
                published.clear();
            words_.add("publish", cat(host_ip, host_ip.empty() ? "" : ":", published, published.empty() && host_ip.empty() ? "" : ":",
                               port.text_of("target"), "/", protocol));
        }
    }

    void add_networks()
    {
        if (const std::string mode = namespace_of(subject_.project, subject_.service, "network_mode"); !mode.empty())
            words_.add("network", mode == "bridge" ? "private" : mode);
        // Ports are published on the first network, which therefore is one with a way out.
        std::vector<std::string> keys = subject_.service.networks;
        std::stable_partition(keys.begin(), keys.end(), [&](const std::string& key) { return !subject_.project.find_network(key)->node.flag_of("internal"); });
        for (const std::string& key : keys)
            add_network(key);
        if (const Node* hosts = node_.find("extra_hosts"); hosts != nullptr)
            for (const Node::Entry& entry : hosts->entries)
                for (const Node& address : entry.value.items)
                    words_.add("add-host", csv_field(cat(entry.key, ":", address.text)));
        words_.add_list("dns", "dns", true);
        words_.add_list("dns_opt", "dns-option", true);
        words_.add_list("dns_search", "dns-search", true);
        if (const std::string mac = node_.text_of("mac_address"); !mac.empty() && keys.empty())
            words_.add("mac-address", mac);
    }

    void add_network(const std::string& key)
    {
        const Resource* network = subject_.project.find_network(key);
        const Node* attachment = node_.find("networks")->find(key);
        std::vector<std::string> options;
        const auto alias = [&](const std::string& name) { options.push_back(cat("alias=", name)); };
        if (subject_.one_off == nullptr || subject_.one_off->use_aliases) {
            alias(subject_.service.name);
            for (const std::string& linked : link_aliases())
                alias(linked);
            if (const Node* aliases = attachment->is_map() ? attachment->find("aliases") : nullptr; aliases != nullptr)
                for (const Node& one : aliases->items)
                    alias(one.text);
        }
        const auto option = [&](const char* field, const char* name) {
            if (const std::string value = attachment->is_map() ? attachment->text_of(field) : ""; !value.empty())
                options.push_back(cat(name, "=", value));
        };
        option("ipv4_address", "ip");
        option("ipv6_address", "ip6");
        option("mac_address", "mac");
        const bool is_main = key == subject_.service.networks.front(); // it has the service's own address
        if (const std::string mac = node_.text_of("mac_address"); is_main && !mac.empty() && (!attachment->is_map() || attachment->find("mac_address") == nullptr))
            options.push_back(cat("mac=", mac));
        option("interface_name", "interface_name");
        option("gw_priority", "gw_priority");
        if (const Node* addresses = attachment->is_map() ? attachment->find("link_local_ips") : nullptr; addresses != nullptr)
            for (const Node& address : addresses->items)
                options.push_back(cat("link_local_ip=", address.text));
        words_.add("network", cat(network->name, options.empty() ? "" : ":", joined(options, ",")));
    }

    /// What other services call this one in their links.
    [[nodiscard]] std::vector<std::string> link_aliases() const
    {
        std::vector<std::string> aliases;
        for (const Service& other : subject_.project.services)
            if (const Node* links = other.node.find("links"); links != nullptr)
                for (const Node& link : links->items)
                    if (const std::size_t colon = link.text.find(':');
                        colon != std::string::npos && link.text.substr(0, colon) == subject_.service.name)
                        aliases.push_back(link.text.substr(colon + 1));
        return aliases;
    }

    const Subject& subject_;
    const Node& node_ = subject_.service.node;
    OptionWords words_{node_};
};

} // namespace

std::vector<std::string> make_connection_words(const Subject& subject)
{
    return Connections{subject}.make();
}

std::string namespace_of(const Project& project, const Service& service, const std::string& key)
{
    const std::string value = service.node.text_of(key);
    constexpr std::string_view prefix = "service:";
    if (!value.starts_with(prefix))
        return value;
    const Service& other = project.service(value.substr(prefix.size()));
    return cat("container:", other.container_name_of(project.name, 1));
}

} // namespace skiff::compose
