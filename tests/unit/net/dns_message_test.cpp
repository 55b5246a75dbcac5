#include "net/dns_message.hpp"

#include "net/packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

using ::testing::ElementsAre;

DnsBytes make_query(const std::string& name, std::uint16_t type, std::uint16_t flags = 0x0100)
{
    DnsBytes bytes{0x12, 0x34, static_cast<std::uint8_t>(flags >> 8U), static_cast<std::uint8_t>(flags & 0xffU), 0, 1, 0, 0, 0, 0, 0, 0};
    std::size_t start = 0;
    while (start < name.size()) {
        const std::size_t end = std::min(name.find('.', start), name.size());
        bytes.push_back(static_cast<std::uint8_t>(end - start));
        bytes.insert(bytes.end(), name.begin() + static_cast<std::ptrdiff_t>(start), name.begin() + static_cast<std::ptrdiff_t>(end));
        start = end + 1;
    }
    const unsigned kind = type;
    for (const unsigned byte : {0U, kind >> 8U, kind & 0xffU, 0U, 1U})
        bytes.push_back(static_cast<std::uint8_t>(byte));
    return bytes;
}

TEST(DnsMessage, ReadsAQuestionInAnyCase)
{
    const DnsBytes query = make_query("Web.Dns.Podman", 28);

    const auto question = parse_dns_question(query);

    ASSERT_TRUE(question);
    EXPECT_EQ(question->id, 0x1234);
    EXPECT_EQ(question->name, "web.dns.podman");
    EXPECT_TRUE(question->is(DnsType::Aaaa));
    EXPECT_TRUE(question->recursion_desired);
    EXPECT_EQ(question->size, query.size());
}

TEST(DnsMessage, PassesOverWhatIsNoQuestion)
{
    const DnsBytes good = make_query("web", 1);
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(parse_dns_question(std::span{good}.first(size))) << size;
    EXPECT_FALSE(parse_dns_question(make_query("web", 1, 0x8000))); // an answer
    EXPECT_FALSE(parse_dns_question(make_query("web", 1, 0x2800))); // an update
    DnsBytes compressed = good;
    compressed[12] = 0xc0;
    EXPECT_FALSE(parse_dns_question(compressed));
}

TEST(DnsMessage, AnswersWithAddresses)
{
    const DnsBytes query = make_query("web", 1);

    const DnsBytes answer = make_dns_answer(query, *parse_dns_question(query), {*find_ip_address("10.1.2.3"), *find_ip_address("10.1.2.4")});

    EXPECT_EQ(find_dns_code(answer), DnsCode::Success);
    EXPECT_EQ(read16(answer, 6), 2);
    const std::vector<std::uint8_t> last(answer.end() - 4, answer.end());
    EXPECT_THAT(last, ElementsAre(10, 1, 2, 4));
}

TEST(DnsMessage, AnswersWithACodeAlone)
{
    const DnsBytes query = make_query("nobody", 1);

    const DnsBytes answer = make_dns_code(query, *parse_dns_question(query), DnsCode::NoSuchName);

    EXPECT_EQ(find_dns_code(answer), DnsCode::NoSuchName);
    EXPECT_EQ(answer.size(), query.size());
}

TEST(DnsMessage, ReadsReverseNames)
{
    EXPECT_EQ(find_reverse_address("3.2.1.10.in-addr.arpa"), find_ip_address("10.1.2.3"));
    EXPECT_EQ(find_reverse_address("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa"), find_ip_address("fd00::1"));
    EXPECT_FALSE(find_reverse_address("300.2.1.10.in-addr.arpa"));
    EXPECT_FALSE(find_reverse_address("web.example.org"));
}

} // namespace
} // namespace skiff::net
