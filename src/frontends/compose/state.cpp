#include "frontends/compose/state.hpp"

#include "base/error.hpp"
#include "engine/networks.hpp"
#include "engine/start.hpp"
#include "frontends/compose/labels.hpp"

#include <algorithm>
#include <charconv>

namespace skiff::compose {
namespace {

std::string label_of(const std::map<std::string, std::string>& all, const char* name)
{
    const auto found = all.find(name);
    return found == all.end() ? std::string{} : found->second;
}

std::map<std::string, std::string> read_key_hashes(std::string_view text)
{
    std::map<std::string, std::string> hashes;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string_view one = text.substr(0, end);
        if (const std::size_t colon = one.find(':'); colon != std::string_view::npos)
            hashes.emplace(one.substr(0, colon), one.substr(colon + 1));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return hashes;
}

Existing make_existing(const store::ContainerRecord& record)
{
    const auto& all = record.config.labels;
    Existing one;
    one.id = record.config.id;
    one.name = record.config.name;
    one.service = label_of(all, labels::service);
    const std::string number = label_of(all, labels::number);
    std::from_chars(number.data(), number.data() + number.size(), one.number);
    one.one_off = label_of(all, labels::one_off) == "True";
    one.hash = label_of(all, labels::hash);
    one.key_hashes = read_key_hashes(label_of(all, labels::keys));
    one.replaces = label_of(all, labels::replace);
    one.image_id = record.config.image_id;
    one.status = record.status;
    one.is_alive = record.monitor_alive;
    one.exit_code = record.exit ? record.exit->code : 0;
    one.has_retries = record.config.restart.max_retries != 0;
    one.has_health_check = record.config.health.exists();
    if (record.state) {
        one.restarts = record.state->restarts;
        one.health = record.state->health.status;
        const auto& log = record.state->health.log;
        const auto failed = std::find_if(log.rbegin(), log.rend(), [](const HealthResult& result) { return result.exit_code != 0; });
        if (failed != log.rend())
            one.health_output = failed->output;
    }
    for (const MountConfig& mount : record.config.mounts)
        if (mount.type == MountType::Volume && mount.anonymous)
            one.anonymous_volumes[mount.target] = mount.source;
    return one;
}

} // namespace

std::string Existing::short_name() const { return one_off ? name : cat(service, "-", number); }

std::vector<Existing> list_existing(engine::Engine& engine, const std::string& project)
{
    std::vector<Existing> all;
    for (store::ContainerRecord& record : engine.store().containers().list()) {
        if (label_of(record.config.labels, labels::project) != project)
            continue;
        if (record.lost != store::LostRun::No)
            record = engine::settle(engine, record.config.id);
        all.push_back(make_existing(record));
    }
    std::sort(all.begin(), all.end(), [](const Existing& a, const Existing& b) {
        return std::tie(a.service, a.one_off, a.number, a.name) < std::tie(b.service, b.one_off, b.number, b.name);
    });
    return all;
}

std::optional<Existing> find_existing(engine::Engine& engine, const std::string& id)
{
    try {
        return make_existing(engine::settle(engine, id));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound)
            throw;
        return std::nullopt;
    }
}

std::optional<ExistingResource> find_existing_volume(engine::Engine& engine, const std::string& name)
{
    const auto volume = engine.store().volumes().find_exact(name);
    if (!volume)
        return std::nullopt;
    return ExistingResource{volume->name, label_of(volume->labels, labels::hash), label_of(volume->labels, labels::project)};
}

std::optional<ExistingResource> find_existing_network(engine::Engine& engine, const std::string& name)
{
    const auto network = engine::find_network(engine, name);
    if (!network || network->name != name) // the beginning of an id is not meant here
        return std::nullopt;
    return ExistingResource{network->name, label_of(network->labels, labels::hash), label_of(network->labels, labels::project)};
}

std::vector<ExistingResource> list_existing_networks(engine::Engine& engine, const std::string& project)
{
    std::vector<ExistingResource> all;
    for (const Network& network : engine::list_networks(engine))
        if (label_of(network.labels, labels::project) == project)
            all.push_back({network.name, label_of(network.labels, labels::hash), project});
    return all;
}

std::optional<std::string> find_image_id(engine::Engine& engine, const std::string& image)
{
    const auto found = engine.store().images().find(image);
    return found ? std::optional{found->image.id} : std::nullopt;
}

} // namespace skiff::compose
