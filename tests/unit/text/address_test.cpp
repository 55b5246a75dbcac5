#include "text/address.hpp"

#include <gtest/gtest.h>

using namespace skiff::text;

namespace {

TEST(Address, IsSeenInItsForm)
{
    struct Case
    {
        const char* text;
        bool web, repository, remote;
    };
    const Case cases[] = {
        {"https://host/file.tar", true, false, true},
        {"http://host/app.git", true, true, true},
        {"https://host/app.git?x#main:sub", true, true, true},
        {"https://host/app#x.git", true, false, true},
        {"git://host/app", false, true, true},
        {"ssh://git@host:22/app", false, true, true},
        {"git@github.com:user/app.git", false, true, true},
        {"github.com/user/app#main", false, true, true},
        {"oci://host/project", false, false, true},
        {"docker-image://debian", false, false, true},
        {"", false, false, false},
        {"dir", false, false, false},
        {"./app.git", false, false, false},
        {"/srv/a://b", false, false, false},
        {"user@host", false, false, false},
        {"a b@c:d", false, false, false},
        {"-oProxy@host:x", false, false, false},
        {"C:/x", false, false, false},
        {"://x", false, false, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(is_web_address(c.text), c.web);
        EXPECT_EQ(is_repository_address(c.text), c.repository);
        EXPECT_EQ(is_remote_address(c.text), c.remote);
    }
}

} // namespace
