#pragma once

#include "model/network.hpp"
#include "net/ip_address.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skiff::net {

/// The addresses of one network, and who has them. Pure.
class AddressPool
{
  public:
    explicit AddressPool(const Network& network);

    /// One address of each subnet for `owner`: a fixed one where `fixed` has one in it, else the one in `preferred` when it is
    /// free, else the next free one. An address that was given back comes again only when all others have had their turn.
    ///
    /// Throws `IPAM error: requested ip address X is already allocated to container ID Y`, `... not in any subnet ...`, and
    /// `IPAM error: failed to find free IP in range: A - B`; then nothing is taken.
    std::vector<NetworkMembership::Address> take(const std::string& owner, const std::vector<std::string>& fixed,
                                                 const std::vector<std::string>& preferred = {});
    void give_back(const std::string& owner);
    [[nodiscard]] const std::string* find_owner(const IpAddress& address) const;

  private:
    struct Subnet
    {
        IpNetwork network;
        IpAddress first, last; ///< that containers get without asking
        std::string gateway;
        std::set<std::string> reserved; ///< the gateway and the addresses of others
        std::optional<IpAddress> last_given;
    };

    [[nodiscard]] bool is_free(const Subnet& subnet, const IpAddress& address) const;
    [[nodiscard]] IpAddress choose(const Subnet& subnet) const;
    [[nodiscard]] IpAddress require_free(const Subnet& subnet, const IpAddress& address) const;

    std::vector<Subnet> subnets_;
    std::map<IpAddress, std::string> owners_;
};

} // namespace skiff::net
