#include "frontends/compose/resource_words.hpp"

#include "frontends/compose/labels.hpp"

#include <algorithm>
#include <utility>

namespace skiff::compose {
namespace {

void add_resource_labels(std::vector<std::string>& words, const Project& project, const Resource& resource, const char* kind)
{
    const auto label = [&](const std::string& name, const std::string& value) { words.push_back(cat("--label=", name, "=", value)); };
    label(labels::project, project.name);
    label(kind, resource.key);
    label(labels::hash, resource.hash);
    label(labels::version, compose_version);
    if (const Node* own = resource.node.find("labels"); own != nullptr)
        for (const Node::Entry& entry : own->entries)
            label(entry.key, entry.value.text);
}

void add_driver(std::vector<std::string>& words, const Resource& resource)
{
    if (const std::string driver = resource.node.text_of("driver"); !driver.empty() && driver != "default")
        words.push_back(cat("--driver=", driver));
    if (const Node* options = resource.node.find("driver_opts"); options != nullptr)
        for (const Node::Entry& entry : options->entries)
            words.push_back(cat("--opt=", entry.key, "=", entry.value.text));
}

/// Without IPv4: `network create` would choose a subnet of it, but takes those that it is given.
void require_ipv6_subnets(const Resource& network)
{
    const Node* ipam = network.node.find("ipam");
    const Node* config = ipam != nullptr ? ipam->find("config") : nullptr;
    const auto is_ipv6 = [](const Node& subnet) { return subnet.text_of("subnet").find(':') != std::string::npos; };
    if (config == nullptr || config->items.empty() || !std::all_of(config->items.begin(), config->items.end(), is_ipv6))
        throw Error{ErrorKind::Usage, cat("network ", network.key, ": enable_ipv4: false needs subnets, all of them of IPv6")}.with_hint(
            "ipam: {config: [{subnet: \"fd00:1:2:3::/64\"}]}");
}

} // namespace

std::vector<std::string> make_network_words(const Project& project, const Resource& network)
{
    std::vector<std::string> words{"network", "create"};
    add_resource_labels(words, project, network, labels::network);
    add_driver(words, network);
    if (network.node.flag_of("internal"))
        words.emplace_back("--internal");
    if (network.node.text_of("enable_ipv4") == "false")
        require_ipv6_subnets(network);
    else if (network.node.flag_of("enable_ipv6"))
        words.emplace_back("--ipv6");
    if (const Node* ipam = network.node.find("ipam"); ipam != nullptr) {
        if (const std::string driver = ipam->text_of("driver"); !driver.empty() && driver != "default")
            words.push_back(cat("--ipam-driver=", driver));
        if (const Node* config = ipam->find("config"); config != nullptr)
            for (const Node& subnet : config->items) {
                for (const auto& [key, option] : {std::pair{"subnet", "subnet"}, std::pair{"gateway", "gateway"}, std::pair{"ip_range", "ip-range"}})
                    if (const std::string value = subnet.text_of(key); !value.empty())
                        words.push_back(cat("--", option, "=", value));
                if (const Node* others = subnet.find("aux_addresses"); others != nullptr)
                    for (const Node::Entry& entry : others->entries)
                        words.push_back(cat("--aux-address=", entry.key, "=", entry.value.text));
            }
    }
    words.push_back(network.name);
    return words;
}

std::vector<std::string> make_volume_words(const Project& project, const Resource& volume)
{
    std::vector<std::string> words{"volume", "create"};
    add_resource_labels(words, project, volume, labels::volume);
    add_driver(words, volume);
    words.push_back(volume.name);
    return words;
}

} // namespace skiff::compose
