#include "cli/commands/networks.hpp"

#include "cli/commands/remove.hpp"
#include "cli/commands/tables.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "cli/values_network.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

void finish_create(const Invocation&, NetworkCreateArgs& args)
{
    engine::CreateNetworkRequest& request = args.request;
    if (!args.names.empty())
        request.name = args.names.front();
    for (const std::string& word : args.label_words)
        add_label(request.labels, word);
    for (const std::string& word : args.option_words) {
        Cut cut = cut_at(word, '=');
        request.options[cut.head] = std::move(cut.tail).value_or("");
    }
    for (const std::string& word : args.aux_words) {
        Cut cut = cut_at(word, '=');
        if (cut.head.empty() || !cut.tail)
            throw usage_error(cat("aux-address ", printable(word), " must be formatted as name=address"));
        request.aux_addresses[cut.head] = std::move(*cut.tail);
    }
    if (args.subnets.empty() && !args.aux_words.empty())
        throw usage_error("cannot set aux-address without subnet");
    if (args.subnets.empty() && !(args.gateways.empty() && args.ranges.empty()))
        throw usage_error("cannot set gateway or range without subnet");
    if (args.gateways.size() > args.subnets.size())
        throw usage_error("cannot set more gateways than subnets");
    if (args.ranges.size() > args.subnets.size())
        throw usage_error("cannot set more ranges than subnets");
    for (std::size_t i = 0; i < args.subnets.size(); ++i)
        request.subnets.push_back({args.subnets[i], i < args.gateways.size() ? args.gateways[i] : "",
                                   i < args.ranges.size() ? args.ranges[i] : ""});
}

int create(const Invocation& invocation, NetworkCreateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    print(engine::create_network(engine, args.request).name + "\n");
    return 0;
}

std::string as_words(const std::map<std::string, std::string>& values)
{
    std::string text;
    for (const auto& [key, value] : values)
        text += cat(text.empty() ? "" : ",", key, "=", value);
    return text;
}

/// The record by the names that templates know, which are those of Podman's program and not of its JSON.
Json make_template_fields(const Json& document)
{
    constexpr std::pair<const char*, const char*> names[] = {{"Name", "name"},
                                                             {"ID", "id"},
                                                             {"Driver", "driver"},
                                                             {"NetworkInterface", "network_interface"},
                                                             {"Created", "created"},
                                                             {"Subnets", "subnets"},
                                                             {"Routes", "routes"},
                                                             {"IPv6Enabled", "ipv6_enabled"},
                                                             {"Internal", "internal"},
                                                             {"DNSEnabled", "dns_enabled"},
                                                             {"NetworkDNSServers", "network_dns_servers"},
                                                             {"Labels", "labels"},
                                                             {"Options", "options"},
                                                             {"IPAMOptions", "ipam_options"},
                                                             {"Containers", "containers"}};
    Json fields;
    for (const auto& [go, json] : names) {
        const auto found = document.find(json);
        const bool is_list = std::string_view{go} == "Routes" || std::string_view{go} == "NetworkDNSServers";
        fields[go] = found != document.end() ? *found : is_list ? Json::array() : Json::object();
    }
    return fields;
}

int list(const Invocation& invocation, NetworkListArgs& args)
{
    constexpr std::size_t short_id = 12;
    if (args.quiet && !args.format.empty())
        throw usage_error("quiet and format are incompatible");
    engine::Engine engine{engine_options(invocation)};
    Json rows = Json::array();
    Json documents = Json::array();
    for (const Network& network : engine::list_networks(engine, args.filters)) {
        documents.push_back(engine::make_network_record_document(network));
        Json row = make_template_fields(documents.back());
        row["ID"] = args.no_trunc ? network.id : network.id.substr(0, short_id);
        row["Labels"] = as_words(network.labels);
        rows.push_back(std::move(row));
    }
    const Listing listing{"list", "networks.ListPrintReports", "{{.ID}}\t{{.Name}}\t{{.Driver}}",
                          R"({"ID": "NETWORK ID"})"};
    print_list(listing, args.quiet ? "{{.Name}}" : args.format, args.no_heading, rows, documents);
    return 0;
}

int inspect(const Invocation& invocation, NetworkNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    Json found = Json::array();
    int code = 0;
    for (const std::string& name : args.names) {
        if (const auto network = engine::find_network(engine, name)) {
            found.push_back(engine::make_network_document(engine, *network));
            continue;
        }
        print_error({ErrorKind::NotFound, cat("network ", printable(name), ": network not found")});
        code = exit_code(ErrorKind::NotFound);
    }
    if (args.format == "json")
        print(format_document("inspect", "network", "json", found));
    else
        for (const Json& network : found)
            print(format_document("inspect", "networks.NetworkInspectReport", args.format,
                                  args.format == "jsonl" ? network : make_template_fields(network)));
    return code;
}

int exists(const Invocation& invocation, NetworkNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return engine::find_network(engine, args.names.front()) ? 0 : 1;
}

int remove(const Invocation& invocation, NetworkNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    for (const std::string& name : args.names) {
        try {
            if (engine::remove_network(engine, name, {args.force, args.timeout_s}))
                print(name + "\n");
        } catch (const Error& error) {
            print_error(error);
            worst = std::max(worst, removal_exit_code(error.kind()));
        }
    }
    return worst;
}

int prune(const Invocation& invocation, PruneArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    (void)engine::find_unused_networks(engine, args.filters); // wrong filters are told before the question
    if (!args.force && !confirm("WARNING! This will remove all networks not used by at least one container."))
        return 0;
    for (const std::string& name : engine::prune_networks(engine, args.filters))
        print(name + "\n");
    return 0;
}

int connect(const Invocation& invocation, NetworkConnectArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    args.attachment.network = args.words[0];
    engine::connect_container(engine, args.words[1], args.attachment);
    return 0;
}

int disconnect(const Invocation& invocation, NetworkConnectArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::disconnect_container(engine, args.words[0], args.words[1], {args.force});
    return 0;
}

int update(const Invocation& invocation, NetworkUpdateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::update_network(engine, args.names.front(), args.request);
    print(args.names.front() + "\n");
    return 0;
}

void finish_reload(const Invocation&, NetworkReloadArgs& args)
{
    if ((args.all ? 1 : 0) + (args.latest ? 1 : 0) + (args.names.empty() ? 0 : 1) != 1)
        throw usage_error("give containers, --all or --latest");
}

/// What Podman restores here are rules of the host's firewall; there are none, so nothing can have been lost.
int reload(const Invocation& invocation, NetworkReloadArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    if (args.all)
        for (const store::ContainerRecord& record : engine.store().containers().list(store::Containers::Which::Alive))
            args.names.push_back(record.config.id);
    if (args.latest)
        args.names.push_back(resolve_container(engine, "", true));
    for (const std::string& name : args.names)
        print(engine.store().containers().resolve(name) + "\n");
    return 0;
}

constexpr Option create_options[] = {
    option<&NetworkCreateArgs::aux_words>("aux-address", 0, "NAME=ADDRESS", "Address of another machine, which no container gets")
        .comma_separated(),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::disable_dns>("disable-dns", 0, "",
                                                                                   "Without the name service"),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::dns_servers>(
        "dns", 0, "ADDRESS", "Name server for names that no container has, instead of the host's")
        .comma_separated(),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::driver>("driver", 'd', "DRIVER", "Kind of network")
        .defaults("bridge")
        .suggests("bridge"),
    option<&NetworkCreateArgs::gateways>("gateway", 0, "ADDRESS", "The network's own address in its subnet")
        .comma_separated(),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::ignore_existing>(
        "ignore", 0, "", "An existing network of that name is no error"),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::interface>("interface-name", 0, "NAME",
                                                                                 "Name of the bridge"),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::internal>("internal", 0, "", "Without a way out"),
    option<&NetworkCreateArgs::ranges>("ip-range", 0, "RANGE", "Part of the subnet that containers get addresses from"),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::ipam_driver>("ipam-driver", 0, "DRIVER",
                                                                                   "Who gives the addresses")
        .suggests("host-local"),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::ipv6>("ipv6", 0, "", "Also with IPv6"),
    option<&NetworkCreateArgs::label_words>("label", 0, "KEY=VALUE", "Label of the network"),
    option<&NetworkCreateArgs::option_words>("opt", 'o', "NAME=VALUE",
                                             "Option: mtu, metric, no_default_route, isolate"),
    option<&NetworkCreateArgs::request, &engine::CreateNetworkRequest::routes>(
        "route", 0, "DESTINATION,GATEWAY[,METRIC]", "Further route of the containers"),
    option<&NetworkCreateArgs::subnets>("subnet", 0, "SUBNET", "Addresses of the network, as 10.1.2.0/24 or fd00::/64"),
    refused("attachable", 0, "", "there are no swarm networks").unlisted(),
    refused("scope", 0, "SCOPE", "there are no swarm networks").unlisted(),
};

constexpr Option list_options[] = {
    option<&NetworkListArgs::filters, read_filter>("filter", 'f', "KEY=VALUE",
                                                   "Only those that match: name, id, driver, label, until, dangling"),
    option<&NetworkListArgs::format>("format", 0, "FORMAT",
                                     "json, or a Go template, with \"table \" in front for columns"),
    option<&NetworkListArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids"),
    option<&NetworkListArgs::no_heading>("noheading", 'n', "", "No heading"),
    option<&NetworkListArgs::quiet>("quiet", 'q', "", "Names only"),
};

constexpr Option inspect_options[] = {
    option<&NetworkNamesArgs::format>("format", 'f', "FORMAT", "json, or a Go template"),
    accepted("verbose", 'v', "", "there is nothing further to show").unlisted(),
};

constexpr Option remove_options[] = {
    option<&NetworkNamesArgs::force>("force", 'f', "", "Also when containers use it: they are removed, too"),
    option<&NetworkNamesArgs::timeout_s, read_wait_seconds>("time", 't', "SECONDS",
                                                            "Wait so long before containers are killed")
        .defaults("10")
        .also("timeout")
        .wrapped(ValueKind::Int),
};

constexpr Option prune_options[] = {
    option<&PruneArgs::filters, read_filter>("filter", 0, "KEY=VALUE", "Only those that match: label, until"),
    option<&PruneArgs::force>("force", 'f', "", "Do not ask"),
};

constexpr Option connect_options[] = {
    option<&NetworkConnectArgs::attachment, &NetworkAttachment::aliases>("alias", 0, "NAME",
                                                                        "Further name of the container in the network")
        .comma_separated(),
    option<&NetworkConnectArgs::attachment, &NetworkAttachment::gw_priority>(
        "gw-priority", 0, "N", "The container's network with the highest one has the default route"),
    option<&NetworkConnectArgs::attachment, &NetworkAttachment::ip, read_ipv4>("ip", 0, "ADDRESS", "IPv4 address"),
    option<&NetworkConnectArgs::attachment, &NetworkAttachment::ip6, read_ipv6>("ip6", 0, "ADDRESS", "IPv6 address"),
    option<&NetworkConnectArgs::attachment, &NetworkAttachment::link_local_ips, read_ip>("link-local-ip", 0, "ADDRESS",
                                                                                        "Further address of the interface"),
    option<&NetworkConnectArgs::attachment, &NetworkAttachment::mac, read_mac_address>("mac-address", 0, "ADDRESS",
                                                                                      "Ethernet address"),
    refused("driver-opt", 0, "NAME=VALUE", "the driver has no options for single containers").unlisted(),
    refused("link", 0, "CONTAINER", "containers of a network know each other by name").unlisted(),
};

constexpr Option disconnect_options[] = {
    option<&NetworkConnectArgs::force>("force", 'f', "", "It is no error when the container is not in the network"),
};

constexpr Option update_options[] = {
    option<&NetworkUpdateArgs::request, &engine::UpdateNetworkRequest::add_dns>("dns-add", 0, "ADDRESS",
                                                                               "Ask this name server, too")
        .comma_separated(),
    option<&NetworkUpdateArgs::request, &engine::UpdateNetworkRequest::drop_dns>("dns-drop", 0, "ADDRESS",
                                                                                "Ask this name server no more")
        .comma_separated(),
};

constexpr Option reload_options[] = {
    option<&NetworkReloadArgs::all>("all", 'a', "", "All running containers"),
    option<&NetworkReloadArgs::latest>("latest", 'l', "", "The container that was created last"),
};

constexpr Command commands[] = {
    {
        .paths = {"network create"},
        .summary = "Create a network",
        .description = "Creates a network and prints its name. Its containers reach each other, by name, too; those of "
                       "other networks do not reach them.",
        .examples = "network create shop\nnetwork create --subnet 10.20.0.0/24 --ip-range 10.20.0.128/25 --ipv6 shop\n"
                    "network create --internal backstage",
        .operands = operands<&NetworkCreateArgs::names>("[NAME]", 0, 1),
        .options = create_options,
        .needs = Needs::Store,
        .body = body<NetworkCreateArgs, create, finish_create>,
    },
    {
        .paths = {"network ls", "network list"},
        .summary = "List networks",
        .examples = "network ls\nnetwork ls --filter dangling=true --quiet",
        .options = list_options,
        .needs = Needs::Store,
        .body = body<NetworkListArgs, list>,
    },
    {
        .paths = {"network exists"},
        .summary = "Check whether a network exists",
        .description = "Says by its exit code whether a network exists: 0 yes, 1 no.",
        .examples = "network exists shop || skiff network create shop",
        .operands = operands<&NetworkNamesArgs::names>("NETWORK", 1, 1, Completes::Networks),
        .needs = Needs::Store,
        .body = body<NetworkNamesArgs, exists>,
    },
    {
        .paths = {"network inspect"},
        .summary = "Show all that is known about networks",
        .description = "Shows networks and the running containers in them as JSON, or by a template.",
        .examples = "network inspect shop\nnetwork inspect --format '{{range .Subnets}}{{.Subnet}} {{end}}' shop",
        .operands = operands<&NetworkNamesArgs::names>("NETWORK [NETWORK...]", 1, Operands::many, Completes::Networks),
        .options = inspect_options,
        .needs = Needs::Store,
        .body = body<NetworkNamesArgs, inspect>,
    },
    {
        .paths = {"network rm", "network remove"},
        .summary = "Remove networks",
        .description = "Removes networks. Those that containers use are refused without --force.",
        .examples = "network rm shop\nnetwork rm --force shop backstage",
        .operands = operands<&NetworkNamesArgs::names>("NETWORK [NETWORK...]", 1, Operands::many, Completes::Networks),
        .options = remove_options,
        .needs = Needs::UserNamespace,
        .body = body<NetworkNamesArgs, remove>,
    },
    {
        .paths = {"network prune"},
        .summary = "Remove unused networks",
        .description = "Removes all networks that no container uses. The default one stays.",
        .examples = "network prune\nnetwork prune --force --filter label=stage=test",
        .options = prune_options,
        .needs = Needs::Store,
        .body = body<PruneArgs, prune>,
    },
    {
        .paths = {"network connect"},
        .summary = "Connect a container to a network",
        .description = "Puts a container into a network. A running one gets a further interface at once.",
        .examples = "network connect shop web\nnetwork connect --alias cache --ip 10.20.0.7 shop redis",
        .operands = operands<&NetworkConnectArgs::words>("NETWORK CONTAINER", 2, 2, Completes::Networks, Completes::Containers),
        .options = connect_options,
        .needs = Needs::UserNamespace,
        .body = body<NetworkConnectArgs, connect>,
    },
    {
        .paths = {"network disconnect"},
        .summary = "Disconnect a container from a network",
        .description = "Takes a container out of a network. A running one loses the interface at once.",
        .examples = "network disconnect shop web",
        .operands = operands<&NetworkConnectArgs::words>("NETWORK CONTAINER", 2, 2, Completes::Networks, Completes::Containers),
        .options = disconnect_options,
        .needs = Needs::UserNamespace,
        .body = body<NetworkConnectArgs, disconnect>,
    },
    {
        .paths = {"network update"},
        .summary = "Change a network",
        .description = "Changes which name servers a network asks for names that no container has. Running containers see it at once.",
        .examples = "network update --dns-add 9.9.9.9 shop\nnetwork update --dns-drop 9.9.9.9 shop",
        .operands = operands<&NetworkUpdateArgs::names>("NETWORK", 1, 1, Completes::Networks),
        .options = update_options,
        .needs = Needs::Store,
        .body = body<NetworkUpdateArgs, update>,
    },
    {
        .paths = {"network reload"},
        .summary = "Restore firewall rules of containers",
        .description = "Prints the ids of the containers. Podman restores rules of the host's firewall with this command; "
                       "networks here need none, so there is nothing that could have been lost.",
        .examples = "network reload web",
        .operands = operands<&NetworkReloadArgs::names>("[CONTAINER...]", 0, Operands::many, Completes::RunningContainers),
        .options = reload_options,
        .needs = Needs::Store,
        .body = body<NetworkReloadArgs, reload, finish_reload>,
    },
};

} // namespace

const std::span<const Command> network_commands{commands};

} // namespace skiff::cli
