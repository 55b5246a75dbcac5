#include "frontends/compose/resource_words.hpp"

#include "frontends/compose/labels.hpp"

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

} // namespace

std::vector<std::string> make_network_words(const Project& project, const Resource& network)
{
    std::vector<std::string> words{"network", "create"};
    add_resource_labels(words, project, network, labels::network);
    add_driver(words, network);
    if (network.node.flag_of("internal"))
        words.emplace_back("--internal");
    if (network.node.flag_of("enable_ipv6"))
        words.emplace_back("--ipv6");
    if (network.node.text_of("enable_ipv4") == "false")
        throw Error{ErrorKind::Failure, cat("network ", network.key, ": enable_ipv4: false is not supported")};
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
