#include "net/dns_message.hpp"
#include "net/neighbour_answer.hpp"
#include "require.hpp"

#include <array>

/// Containers may send anything to port 53, and libslirp's frames are looked at as well: no byte outside is read, and an answer is
/// one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff::net;
    const std::span<const std::uint8_t> message{data, size};
    constexpr std::array<std::uint8_t, 6> mac{2, 0, 0, 0, 0, 1};
    (void)answer_neighbour(message, mac);
    const auto question = parse_dns_question(message);
    if (!question)
        return 0;
    require(question->size <= size && question->name.size() <= 320);
    (void)find_reverse_address(question->name);
    const IpAddress address = *find_ip_address("10.1.2.3");
    const DnsBytes answer = make_dns_answer(message, *question, std::vector<IpAddress>(100, address));
    require(answer.size() <= plain_udp_answer);
    require(find_dns_code(answer) == DnsCode::Success);
    require(find_dns_code(make_dns_names_answer(message, *question, {question->name, ".."})) == DnsCode::Success);
    require(find_dns_code(make_dns_code(message, *question, DnsCode::Refused)) == DnsCode::Refused);
    return 0;
}
