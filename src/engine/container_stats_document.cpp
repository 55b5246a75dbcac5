// How what a container uses looks: the second half of container_stats.hpp.

#include "base/cat.hpp"
#include "engine/container_stats.hpp"
#include "text/duration.hpp"
#include "text/size.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string percent_text(double percent)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.2f%%", percent);
    return text.data();
}

std::string pair_text(std::uint64_t a, std::uint64_t b)
{
    return cat(text::format_bytes_decimal(a), " / ", text::format_bytes_decimal(b));
}

double memory_percent(const ContainerStats& stats)
{
    constexpr double all = 100;
    return stats.memory_limit_bytes == 0
               ? 0
               : all * static_cast<double>(stats.memory_bytes) / static_cast<double>(stats.memory_limit_bytes);
}

std::string shown_id(const ContainerStats& stats, bool no_trunc)
{
    constexpr std::size_t short_id = 12;
    return no_trunc ? stats.id : stats.id.substr(0, short_id);
}

} // namespace

Json make_stats_document(const ContainerStats& stats, bool no_trunc)
{
    Json json;
    json["id"] = shown_id(stats, no_trunc);
    json["name"] = stats.name;
    json["cpu_time"] = text::format_duration_go(stats.cpu_time);
    json["cpu_percent"] = percent_text(stats.cpu_percent);
    json["avg_cpu"] = percent_text(stats.average_percent);
    json["mem_usage"] = pair_text(stats.memory_bytes, stats.memory_limit_bytes);
    json["mem_percent"] = percent_text(memory_percent(stats));
    json["net_io"] = pair_text(stats.received_bytes, stats.sent_bytes);
    json["block_io"] = pair_text(stats.block_read_bytes, stats.block_written_bytes);
    json["pids"] = std::to_string(stats.pids);
    return json;
}

Json make_stats_row(const ContainerStats& stats, bool no_trunc)
{
    Json row;
    row["ID"] = shown_id(stats, no_trunc);
    row["Name"] = stats.name;
    row["CPUPerc"] = percent_text(stats.cpu_percent);
    row["MemUsage"] = pair_text(stats.memory_bytes, stats.memory_limit_bytes);
    row["MemPerc"] = percent_text(memory_percent(stats));
    row["NetIO"] = pair_text(stats.received_bytes, stats.sent_bytes);
    row["BlockIO"] = pair_text(stats.block_read_bytes, stats.block_written_bytes);
    row["PIDS"] = std::to_string(stats.pids);
    row["UpTime"] = text::format_duration_go(stats.cpu_time);
    row["Up"] = row["UpTime"];
    row["AVGCPU"] = percent_text(stats.average_percent);
    row["MemUsageBytes"] =
        cat(text::format_bytes_binary(stats.memory_bytes), " / ", text::format_bytes_binary(stats.memory_limit_bytes));
    // The numbers themselves, as Podman's type has them.
    row["ContainerID"] = stats.id;
    row["CPU"] = stats.cpu_percent;
    row["CPUNano"] = stats.cpu_time.count();
    row["CPUSystemNano"] = stats.system_time.count();
    row["SystemNano"] = stats.taken.time_since_epoch().count();
    row["Duration"] = stats.cpu_time.count();
    row["MemLimit"] = stats.memory_limit_bytes;
    row["BlockInput"] = stats.block_read_bytes;
    row["BlockOutput"] = stats.block_written_bytes;
    return row;
}

} // namespace skiff::engine
