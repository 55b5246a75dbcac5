#include "store/networks.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <algorithm>

namespace skiff::store {
namespace {

constexpr std::string_view suffix = ".json";

std::string record_path(const std::string& name) { return cat("networks/", name, suffix); }

} // namespace

FileLock Networks::lock() const { return root_->lock("networks"); }

void Networks::create(const Network& network) const
{
    require_valid_name(network.name);
    (void)make_directory_at(root_->data(), "networks"); // a store of an older program has none
    if (exists_at(root_->data(), record_path(network.name)))
        throw Error{ErrorKind::InUse, cat("network name ", network.name, " already used: network already exists")};
    save_atomically(root_->data(), record_path(network.name), serialize(network));
}

void Networks::save(const Network& network) const
{
    require_valid_name(network.name);
    (void)make_directory_at(root_->data(), "networks");
    save_atomically(root_->data(), record_path(network.name), serialize(network));
}

bool Networks::remove(const std::string& name) const
{
    if (!is_valid_name(name))
        return false;
    const bool was_there = remove_file_at(root_->data(), record_path(name));
    (void)remove_tree_at(root_->run(), cat("networks/", name));
    return was_there;
}

std::optional<Network> Networks::find_exact(const std::string& name) const
{
    const auto text = is_valid_name(name) ? find_record(root_->data(), record_path(name)) : std::nullopt;
    if (!text)
        return name == default_network ? std::optional{make_default_network()} : std::nullopt;
    Network network = while_doing(cat("network ", skiff::quoted(name)), [&] { return parse_network(*text); });
    network.name = name;
    return network;
}

std::vector<Network> Networks::list() const
{
    std::vector<Network> networks;
    for (const DirectoryEntry& entry : list_place(root_->data(), "networks")) {
        if (!entry.name.ends_with(suffix))
            continue;
        try {
            if (auto network = find_exact(entry.name.substr(0, entry.name.size() - suffix.size())))
                networks.push_back(std::move(*network));
        } catch (const Error& error) {
            if (error.errno_value() != 0)
                throw;
            log::warn(cat(error.message(), "; left out"));
        }
    }
    if (std::none_of(networks.begin(), networks.end(), [](const Network& n) { return n.name == default_network; }))
        networks.push_back(make_default_network());
    std::sort(networks.begin(), networks.end(), [](const Network& a, const Network& b) { return a.name < b.name; });
    return networks;
}

std::string Networks::run_directory(const std::string& name) const { return cat(root_->run_path(), "/networks/", name); }

std::string Networks::make_run_directory(const std::string& name) const
{
    require_valid_name(name);
    (void)make_directory_at(root_->run(), "networks");
    (void)make_directory_at(root_->run(), cat("networks/", name));
    return run_directory(name);
}

} // namespace skiff::store
