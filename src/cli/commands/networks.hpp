#pragma once

#include "cli/values.hpp"
#include "engine/networks.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct NetworkCreateArgs
{
    std::vector<std::string> names; ///< none: one is chosen
    engine::CreateNetworkRequest request;
    std::vector<std::string> label_words, option_words, aux_words, subnets, gateways, ranges;
};

struct NetworkListArgs
{
    std::vector<Filter> filters;
    std::string format;
    bool no_trunc = false, no_heading = false, quiet = false;
};

struct NetworkNamesArgs ///< inspect, exists, rm
{
    std::vector<std::string> names;
    bool force = false;
    std::optional<std::uint32_t> timeout_s;
    std::string format = "json";
};

struct NetworkConnectArgs ///< connect, disconnect
{
    std::vector<std::string> words; ///< the network and the container
    NetworkAttachment attachment;
    bool force = false;
};

struct NetworkUpdateArgs
{
    std::vector<std::string> names;
    engine::UpdateNetworkRequest request;
};

struct NetworkReloadArgs
{
    std::vector<std::string> names;
    bool all = false, latest = false;
};

} // namespace skiff::cli
