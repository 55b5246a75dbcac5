#include "net/dns_message.hpp"

#include "net/packet.hpp"

#include <algorithm>
#include <charconv>

namespace skiff::net {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_label = 63;
constexpr std::uint16_t response_flag = 0x8000;
constexpr std::uint16_t operation_mask = 0x7800;
constexpr std::uint16_t authoritative_flag = 0x0400;
constexpr std::uint16_t recursion_desired_flag = 0x0100;
constexpr std::uint16_t recursion_available_flag = 0x0080;
constexpr std::uint16_t code_mask = 0x000f;
constexpr std::uint16_t name_in_question = 0xc00c; ///< a compressed name: that of the question
constexpr std::uint16_t internet = 1;

char folded(std::uint8_t c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

void put16(DnsBytes& bytes, std::uint16_t value)
{
    bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xffU));
}

void put_name(DnsBytes& bytes, std::string_view name)
{
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        const std::size_t size = std::min(label.size(), longest_label);
        bytes.push_back(static_cast<std::uint8_t>(size));
        bytes.insert(bytes.end(), label.begin(), label.begin() + static_cast<std::ptrdiff_t>(size));
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    bytes.push_back(0);
}

DnsBytes begin_answer(std::span<const std::uint8_t> query, const DnsQuestion& question, DnsCode code, std::size_t answers)
{
    DnsBytes bytes;
    put16(bytes, question.id);
    put16(bytes, static_cast<std::uint16_t>(response_flag | authoritative_flag | recursion_available_flag |
                                            (question.recursion_desired ? recursion_desired_flag : 0U) | static_cast<unsigned>(code)));
    put16(bytes, 1);
    put16(bytes, static_cast<std::uint16_t>(answers));
    put16(bytes, 0);
    put16(bytes, 0);
    bytes.insert(bytes.end(), query.begin() + dns_header, query.begin() + static_cast<std::ptrdiff_t>(question.size));
    return bytes;
}

/// No time to live: containers come and go, and asking costs nothing.
void begin_record(DnsBytes& bytes, DnsType type)
{
    put16(bytes, name_in_question);
    put16(bytes, static_cast<std::uint16_t>(type));
    put16(bytes, internet);
    put16(bytes, 0);
    put16(bytes, 0);
}

std::vector<std::string> split(const std::string& name)
{
    std::vector<std::string> labels{""};
    for (const char c : name)
        if (c == '.')
            labels.emplace_back();
        else
            labels.back() += c;
    return labels;
}

} // namespace

std::optional<DnsQuestion> parse_dns_question(std::span<const std::uint8_t> message)
{
    if (message.size() < dns_header)
        return std::nullopt;
    const std::uint16_t flags = read16(message, 2);
    if ((flags & (response_flag | operation_mask)) != 0 || read16(message, 4) != 1)
        return std::nullopt;
    DnsQuestion question;
    question.id = read16(message, 0);
    question.recursion_desired = (flags & recursion_desired_flag) != 0;
    std::size_t at = dns_header;
    while (true) {
        if (at >= message.size())
            return std::nullopt;
        const std::size_t length = message[at++];
        if (length == 0)
            break;
        if (length > longest_label || at + length > message.size())
            return std::nullopt;
        if (!question.name.empty())
            question.name += '.';
        for (std::size_t i = 0; i < length; ++i) {
            if (message[at + i] == '.' || message[at + i] == 0) // such a label would look like two, or end the text
                return std::nullopt;
            question.name += folded(message[at + i]);
        }
        at += length;
        if (question.name.size() > longest_name)
            return std::nullopt;
    }
    if (at + 4 > message.size())
        return std::nullopt;
    question.type = read16(message, at);
    question.type_class = read16(message, at + 2);
    question.size = at + 4;
    return question;
}

DnsBytes make_dns_answer(std::span<const std::uint8_t> query, const DnsQuestion& question, const std::vector<IpAddress>& addresses)
{
    const std::size_t record = 12 + (addresses.empty() || !addresses.front().ipv6 ? 4U : 16U);
    const std::size_t count = std::min(addresses.size(), (plain_udp_answer - question.size) / record); // more nobody needs
    DnsBytes bytes = begin_answer(query, question, DnsCode::Success, count);
    for (std::size_t i = 0; i < count; ++i) {
        const IpAddress& address = addresses[i];
        begin_record(bytes, address.ipv6 ? DnsType::Aaaa : DnsType::A);
        const std::size_t size = address.bits() / 8;
        put16(bytes, static_cast<std::uint16_t>(size));
        bytes.insert(bytes.end(), address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return bytes;
}

DnsBytes make_dns_names_answer(std::span<const std::uint8_t> query, const DnsQuestion& question, const std::vector<std::string>& names)
{
    const std::size_t count = std::min(names.size(), std::size_t{1}); // the first is the container's own
    DnsBytes bytes = begin_answer(query, question, DnsCode::Success, count);
    for (std::size_t i = 0; i < count; ++i) {
        begin_record(bytes, DnsType::Ptr);
        DnsBytes name;
        put_name(name, names[i]);
        put16(bytes, static_cast<std::uint16_t>(name.size()));
        bytes.insert(bytes.end(), name.begin(), name.end());
    }
    return bytes;
}

DnsBytes make_dns_code(std::span<const std::uint8_t> query, const DnsQuestion& question, DnsCode code)
{
    return begin_answer(query, question, code, 0);
}

std::optional<DnsCode> find_dns_code(std::span<const std::uint8_t> answer)
{
    if (answer.size() < dns_header || (read16(answer, 2) & response_flag) == 0)
        return std::nullopt;
    return static_cast<DnsCode>(read16(answer, 2) & code_mask);
}

std::optional<IpAddress> find_reverse_address(const std::string& name)
{
    std::vector<std::string> labels = split(name);
    if (labels.size() == 6 && labels[4] == "in-addr" && labels[5] == "arpa")
        return find_ip_address(labels[3] + "." + labels[2] + "." + labels[1] + "." + labels[0]);
    if (labels.size() != 34 || labels[32] != "ip6" || labels[33] != "arpa")
        return std::nullopt;
    std::string text;
    for (std::size_t i = 32; i-- > 0;) {
        if (labels[i].size() != 1)
            return std::nullopt;
        text += labels[i];
        if (i % 4 == 0 && i != 0)
            text += ':';
    }
    return find_ip_address(text);
}

} // namespace skiff::net
