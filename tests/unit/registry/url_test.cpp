#include "registry/url.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

TEST(Url, TakesAddressesApart)
{
    const Url url = Url::parse("HTTPS://Registry.Example.COM/v2/?a=b#c");

    EXPECT_EQ(url.scheme, "https");
    EXPECT_EQ(url.host, "registry.example.com");
    EXPECT_EQ(url.port, "443");
    EXPECT_EQ(url.host_port(), "registry.example.com");
    EXPECT_EQ(url.shown().find("a=b"), std::string::npos);
    EXPECT_EQ(url.text.find('#'), std::string::npos);
    EXPECT_EQ(Url::parse("http://[::1]:5000/").host_port(), "[::1]:5000");
}

TEST(Url, ResolvesRelativeOnes)
{
    EXPECT_EQ(Url::parse("/b?c", "https://h:5/a/x").text, "https://h:5/b?c");
    EXPECT_EQ(Url::parse("//other/b", "https://h:5/a").text, "https://other/b");
}

TEST(Url, IsShownWithoutUserAndPassword)
{
    EXPECT_EQ(shown_address("https://bob:word@host:1/x@y.git#a@b"), "https://host:1/x@y.git#a@b");
    EXPECT_EQ(shown_address("https://token@host"), "https://host");
    EXPECT_EQ(shown_address("https://host/x@y"), "https://host/x@y");
    EXPECT_EQ(shown_address("git@host:x/y.git"), "git@host:x/y.git");
}

TEST(Url, ComparesOrigins)
{
    const Url url = Url::parse("https://h/a");

    EXPECT_TRUE(url.same_origin(Url::parse("https://h:443/b")));
    EXPECT_FALSE(url.same_origin(Url::parse("http://h/a")));
    EXPECT_FALSE(url.same_origin(Url::parse("https://h:444/a")));
    EXPECT_FALSE(url.same_origin(Url::parse("https://h.evil/a")));
}

TEST(Url, RefusesWhatIsNoWebAddress)
{
    for (const char* text : {"", "file:///etc/passwd", "gopher://x", "https://user@x/", "https://u:p@x/",
                             "https://x/a b", "https://x/\r\nHost: y", "https://", "javascript:alert(1)"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(Url::parse(text), Error);
    }
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters)
{
    EXPECT_EQ(percent_encode("a-b_c.~ /:&\xc3"), "a-b_c.~%20%2F%3A%26%C3");
}

} // namespace
} // namespace skiff::registry
