#include "net/hosts_file.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(HostsFile, ReadsEntriesAndSkipsTheRest)
{
    const auto entries = parse_hosts("# first\n127.0.0.1\tlocalhost  me # mine\n\n10.0.0.1\n::1 localhost\r\nlast");

    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0], (HostsEntry{"127.0.0.1", {"localhost", "me"}}));
    EXPECT_EQ(entries[1], (HostsEntry{"::1", {"localhost"}}));
}

TEST(HostsFile, ReadsAddedHosts)
{
    EXPECT_EQ(parse_added_host("db:10.1.2.3", ""), (HostsEntry{"10.1.2.3", {"db"}}));
    EXPECT_EQ(parse_added_host("a;b:::1", ""), (HostsEntry{"::1", {"a", "b"}}));
    EXPECT_EQ(parse_added_host("a:[fd00::1]", ""), (HostsEntry{"fd00::1", {"a"}}));
    EXPECT_EQ(parse_added_host("h:host-gateway", "192.0.2.2"), (HostsEntry{"192.0.2.2", {"h"}}));
}

TEST(HostsFile, NamesWhatIsWrongWithAnAddedHost)
{
    const auto fails = [](const std::string& text, const std::string& message) {
        SCOPED_TRACE(text);
        EXPECT_THAT([&] { (void)parse_added_host(text, ""); }, ThrowsMessage<Error>(HasSubstr(message)));
    };
    fails("db", "unable to parse host entry \"db\": incorrect format");
    fails(":10.0.0.1", "hostname in host entry \":10.0.0.1\" is empty");
    fails("a;:10.0.0.1", "is empty");
    fails("db:", "IP address in host entry \"db:\" is empty");
    fails("db:nope", "invalid IP address in add-host: \"nope\"");
    fails("db:host-gateway", "host containers internal IP address is empty");
    fails("a\n6.6.6.6 b:1.1.1.1", "contains blanks");
}

TEST(HostsFile, PutsTheUsersWordFirstAndAddsOnlyMissingNames)
{
    HostsRequest request;
    request.base = "127.0.0.1 localhost\n192.0.2.9 web\n";
    request.add_hosts = {"db;db.lan:10.1.2.3"};
    request.host_address = "192.0.2.2";
    request.container = {{"10.0.2.100", {"0123456789ab", "web"}}};

    EXPECT_EQ(make_hosts_file(request), "10.1.2.3\tdb db.lan\n"
                                        "127.0.0.1\tlocalhost\n"
                                        "192.0.2.9\tweb\n"
                                        "192.0.2.2\thost.containers.internal host.docker.internal\n"
                                        "10.0.2.100\t0123456789ab\n");
}

TEST(HostsFile, KnowsAContainerByTheFirstLabelOfItsHostNameToo)
{
    EXPECT_THAT(make_own_names("hh.example.org", "web"), testing::ElementsAre("hh.example.org", "hh", "web"));
    EXPECT_THAT(make_own_names("web", "web"), testing::ElementsAre("web"));
    EXPECT_THAT(make_own_names("", "web"), testing::ElementsAre("web"));
}

TEST(HostsFile, HasLocalhostInBothFamiliesWithoutABase)
{
    EXPECT_EQ(make_hosts_file({}), "127.0.0.1\tlocalhost\n::1\tlocalhost\n");
}

TEST(ReplaceHosts, ChangesTheContainersOwnLinesOnly)
{
    const std::string text = "127.0.0.1 localhost\n10.1.2.3 web\n192.0.2.7 added-inside\n";

    EXPECT_EQ(replace_hosts(text, {{"10.1.2.3", {"web"}}}, {{"10.9.9.9", {"web"}}}), "127.0.0.1 localhost\n192.0.2.7 added-inside\n10.9.9.9\tweb\n");
}

} // namespace
} // namespace skiff::net
