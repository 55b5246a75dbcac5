#pragma once

#include "model/network.hpp"
#include "model/port_mapping.hpp"
#include "model/record_fields.hpp"

/// How networks become JSON. For .cpp files only, as record_fields.hpp.
namespace skiff {

template <typename Fields>
void describe(Fields& field, record::Of<NetworkSubnet>)
{
    field("subnet", &NetworkSubnet::subnet);
    field("gateway", &NetworkSubnet::gateway);
    field("range_start", &NetworkSubnet::range_start);
    field("range_end", &NetworkSubnet::range_end);
    field("aux_addresses", &NetworkSubnet::aux_addresses);
}

template <typename Fields>
void describe(Fields& field, record::Of<NetworkRoute>)
{
    field("destination", &NetworkRoute::destination);
    field("gateway", &NetworkRoute::gateway);
    field("metric", &NetworkRoute::metric);
}

template <typename Fields>
void describe(Fields& field, record::Of<Network>)
{
    field("name", &Network::name);
    field("id", &Network::id);
    field("driver", &Network::driver);
    field("interface", &Network::interface);
    field("created", &Network::created);
    field("subnets", &Network::subnets);
    field("routes", &Network::routes);
    field("ipv6", &Network::ipv6);
    field("internal", &Network::internal);
    field("dns_enabled", &Network::dns_enabled);
    field("dns_servers", &Network::dns_servers);
    field("labels", &Network::labels);
    field("options", &Network::options);
    field("ipam_options", &Network::ipam_options);
}

template <typename Fields>
void describe(Fields& field, record::Of<NetworkAttachment>)
{
    field("network", &NetworkAttachment::network);
    field("aliases", &NetworkAttachment::aliases);
    field("ip", &NetworkAttachment::ip);
    field("ip6", &NetworkAttachment::ip6);
    field("mac", &NetworkAttachment::mac);
    field("interface", &NetworkAttachment::interface);
    field("link_local_ips", &NetworkAttachment::link_local_ips);
    field("gw_priority", &NetworkAttachment::gw_priority);
}

template <typename Fields>
void describe(Fields& field, record::Of<NetworkMembership::Address>)
{
    field("address", &NetworkMembership::Address::address);
    field("prefix_length", &NetworkMembership::Address::prefix_length);
    field("gateway", &NetworkMembership::Address::gateway);
}

template <typename Fields>
void describe(Fields& field, record::Of<NetworkMembership>)
{
    field("network", &NetworkMembership::network);
    field("interface", &NetworkMembership::interface);
    field("mac", &NetworkMembership::mac);
    field("addresses", &NetworkMembership::addresses);
    field("lost", &NetworkMembership::lost);
}

template <typename Fields>
void describe(Fields& field, record::Of<PortMapping>)
{
    field("host_ip", &PortMapping::host_ip);
    field("host_port", &PortMapping::host_port);
    field("container_port", &PortMapping::container_port);
    field("range", &PortMapping::range);
    field("protocol", &PortMapping::protocol);
}

} // namespace skiff
