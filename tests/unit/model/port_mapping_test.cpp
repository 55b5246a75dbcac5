#include "model/port_mapping.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff {
namespace {

using testing::HasSubstr;

TEST(PortMapping, ReadsEveryForm)
{
    const struct
    {
        const char* text;
        PortMapping port;
    } cases[] = {
        {"80", {"", 0, 80, 1, "tcp"}},
        {"8080:80", {"", 8080, 80, 1, "tcp"}},
        {"53:53/udp", {"", 53, 53, 1, "udp"}},
        {"127.0.0.1:8080:80", {"127.0.0.1", 8080, 80, 1, "tcp"}},
        {"127.0.0.1::80/TCP", {"127.0.0.1", 0, 80, 1, "tcp"}},
        {"0.0.0.0:8080:80", {"0.0.0.0", 8080, 80, 1, "tcp"}},
        {"[0:0::1]:8080:80", {"::1", 8080, 80, 1, "tcp"}},
        {"[::]:8080:80", {"::", 8080, 80, 1, "tcp"}},
        {"8000-8010:80-90", {"", 8000, 80, 11, "tcp"}},
        {"80-90", {"", 0, 80, 11, "tcp"}},
        {":80", {"", 0, 80, 1, "tcp"}},
        {"1-65535:1-65535", {"", 1, 1, 65535, "tcp"}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse_port_mapping(c.text), c.port);
    }
}

TEST(PortMapping, SaysWhatIsWrong)
{
    const struct
    {
        const char* text;
        const char* message;
    } cases[] = {
        {"", "must provide a non-empty container port to publish"},
        {"8080:", "must provide a non-empty container port to publish"},
        {"0:80", "port numbers must be between 1 and 65535 (inclusive), got 0"},
        {"8080:65536", "port numbers must be between 1 and 65535 (inclusive), got 65536"},
        {"8080:99999999999999999999", "invalid port number: strconv.Atoi: parsing \"99999999999999999999\": value out of range"},
        {"8080:http", "invalid port number: strconv.Atoi: parsing \"http\": invalid syntax"},
        {"-80:80", "port numbers cannot be negative"},
        {"80-:80", "must provide ending number for port range"},
        {"90-80:80", "the end port of a range must be higher than the start port"},
        {"80-81-82:1", "port ranges are formatted as startPort-stopPort"},
        {"8000-8010:80", "host and container port ranges have different lengths: 11 vs 1"},
        {"80/tcp/udp", "protocol can only be specified once"},
        {"80/tcp,udp", "unrecognized protocol 'tcp,udp'"},
        {"80/sctp", "protocol sctp is not supported"},
        {"80/", "must provide a non-empty protocol"},
        {":8080:80", "must provide a non-empty container host IP to publish"},
        {"nowhere:8080:80", "cannot parse 'nowhere' as an IP address"},
        {"::1:8080:80", "format is [[hostIP:]hostPort:]containerPort"},
        {"[::1]8080:80", "IPv6 address must be followed by a colon"},
        {"[::1]:80", "must provide host and destination port if specifying an IP"},
        {"[::1]:1:2:3", "when v6 address specified, must be [ipv6]:hostPort:ctrPort"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        try {
            parse_port_mapping(c.text);
            ADD_FAILURE() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Usage);
            EXPECT_THAT(error.message(), HasSubstr(c.message));
        }
    }
}

TEST(ExposedPort, ReadsPortRangeAndProtocol)
{
    EXPECT_EQ(parse_exposed_port("80"), (PortMapping{"", 0, 80, 1, "tcp"}));
    EXPECT_EQ(parse_exposed_port("5000-5005/udp"), (PortMapping{"", 0, 5000, 6, "udp"}));
    EXPECT_THROW(parse_exposed_port("80:80"), Error);
    EXPECT_THROW(parse_exposed_port(""), Error);
}

TEST(PortsColumn, JoinsNeighboursAndAddsWhatIsOnlyExposed)
{
    EXPECT_EQ(format_ports({{"", 8080, 80, 1, "tcp"}}, {}), "0.0.0.0:8080->80/tcp");
    EXPECT_EQ(format_ports({{"", 9001, 9001, 1, "udp"}, {"", 8080, 80, 1, "tcp"}, {"", 9000, 9000, 1, "udp"}},
                           {{"", 0, 80, 1, "tcp"}, {"", 0, 53, 1, "udp"}, {"", 0, 54, 1, "udp"}}),
              "0.0.0.0:8080->80/tcp, 0.0.0.0:9000-9001->9000-9001/udp, 53-54/udp");
    EXPECT_EQ(format_ports({{"::1", 8080, 80, 1, "tcp"}}, {}), "[::1]:8080->80/tcp");
    EXPECT_EQ(format_ports({{"127.0.0.1", 1, 1, 1, "tcp"}, {"", 2, 2, 1, "tcp"}}, {}),
              "0.0.0.0:2->2/tcp, 127.0.0.1:1->1/tcp");
    EXPECT_EQ(format_ports({}, {}), "");
}

} // namespace
} // namespace skiff
