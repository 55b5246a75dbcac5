#pragma once

#include "net/ip_address.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The little of DNS (RFC 1035) that a name service for containers needs: reading a question, and answering it. Pure; questions
/// come from containers and may be anything.
namespace skiff::net {

using DnsBytes = std::vector<std::uint8_t>;

enum class DnsType : std::uint16_t { A = 1, Ptr = 12, Aaaa = 28, Any = 255 };
enum class DnsCode : std::uint8_t { Success = 0, FormatError = 1, ServerFailure = 2, NoSuchName = 3, NotImplemented = 4, Refused = 5 };

constexpr std::size_t dns_header = 12;
constexpr std::size_t plain_udp_answer = 512; ///< bytes that every client takes

struct DnsQuestion
{
    std::uint16_t id = 0;
    bool recursion_desired = false;
    std::string name;       ///< lower case, without the last dot; empty: the root
    std::uint16_t type = 0; ///< DnsType, or any other
    std::uint16_t type_class = 1;
    std::size_t size = 0;   ///< of header and question, in the message

    [[nodiscard]] bool is(DnsType wanted) const { return type == static_cast<std::uint16_t>(wanted); }
};

/// Nothing when the message is not a query with exactly one well-formed question. Compressed names are none: a question has
/// nothing to refer to.
std::optional<DnsQuestion> parse_dns_question(std::span<const std::uint8_t> message);

/// What the answer to `query` (which parse_dns_question has read) is: addresses of one family, or names (PTR).
DnsBytes make_dns_answer(std::span<const std::uint8_t> query, const DnsQuestion& question, const std::vector<IpAddress>& addresses);
DnsBytes make_dns_names_answer(std::span<const std::uint8_t> query, const DnsQuestion& question, const std::vector<std::string>& names);
/// No answer but a code; Success is "the name exists and has nothing of this type".
DnsBytes make_dns_code(std::span<const std::uint8_t> query, const DnsQuestion& question, DnsCode code);

/// The answer's code; nothing when the message is too short to be an answer.
std::optional<DnsCode> find_dns_code(std::span<const std::uint8_t> answer);

/// The address that "4.3.2.1.in-addr.arpa" or its like in ip6.arpa stands for.
std::optional<IpAddress> find_reverse_address(const std::string& name);

} // namespace skiff::net
