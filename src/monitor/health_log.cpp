#include "monitor/health_log.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "text/time_format.hpp"

#include <nlohmann/json.hpp>

namespace skiff::monitor {

void try_save_health_log(const ContainerConfig& config, const HealthState& state)
{
    const std::string& destination = config.health.log_destination;
    if (!destination.starts_with('/'))
        return;
    nlohmann::ordered_json runs = nlohmann::ordered_json::array();
    for (const HealthResult& result : state.log)
        runs.push_back({{"Start", text::format_rfc3339_nano(result.start, text::Zone::Local)},
                        {"End", text::format_rfc3339_nano(result.end, text::Zone::Local)},
                        {"ExitCode", result.exit_code},
                        {"Output", result.output}});
    const nlohmann::ordered_json json{{"Status", state.status}, {"FailingStreak", state.failing_streak}, {"Log", std::move(runs)}};
    try {
        const UniqueFd directory = open_at(AT_FDCWD, destination, O_RDONLY | O_DIRECTORY);
        constexpr mode_t like_others = 0644;
        save_atomically(directory.get(), config.id + "-healthcheck.log",
                        json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), Durability::None, like_others);
    } catch (const Error& error) {
        log::warn(cat("writing the log of health checks: ", error.message(), "; ignored"));
    }
}

} // namespace skiff::monitor
