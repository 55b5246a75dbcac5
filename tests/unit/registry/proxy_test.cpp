#include "registry/proxy.hpp"

#include "base/cat.hpp"
#include "scripted_image.hpp"

#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

using testing::HasSubstr;

constexpr const char* names[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                 "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

class Proxies : public testing::Test
{
  protected:
    void SetUp() override { clear(); }
    void TearDown() override { clear(); }
    static void clear()
    {
        for (const char* name : names)
            ::unsetenv(name);
    }
    static std::string proxy_of(const std::string& url) { return choose_proxy(Url::parse(url)).address; }
};

TEST_F(Proxies, AreChosenByScheme)
{
    EXPECT_EQ(proxy_of("https://quay.io/"), "");
    ::setenv("HTTPS_PROXY", "http://secure:1", 1);
    ::setenv("HTTP_PROXY", "http://plain:2", 1);
    EXPECT_EQ(proxy_of("https://quay.io/"), "http://secure:1");
    EXPECT_EQ(proxy_of("http://quay.io/"), "http://plain:2");
    ::setenv("https_proxy", "http://small:3", 1);
    EXPECT_EQ(proxy_of("https://quay.io/"), "http://small:3");
    ::setenv("no_proxy", "quay.io", 1);
    EXPECT_EQ(choose_proxy(Url::parse("https://quay.io/")).exceptions, "quay.io");
}

TEST_F(Proxies, AreNotForThisMachine)
{
    ::setenv("all_proxy", "http://proxy:1", 1);

    EXPECT_EQ(proxy_of("http://example.org/"), "http://proxy:1");
    for (const char* url : {"http://localhost:5000/", "http://127.0.0.1/", "https://[::1]:5000/"})
        EXPECT_EQ(proxy_of(url), "") << url;
}

TEST_F(Proxies, AreUsedByTransfers)
{
    test::ScriptedServer proxy{[](const test::HttpQuestion&) {
        return test::make_error_reply(404, "MANIFEST_UNKNOWN", "manifest unknown");
    }};
    TransportOptions options = test_options();
    options.retries = 0;
    const auto ask = [&] {
        return error_of([&] {
            open_registry(oci::Reference::parse("registry.invalid/app"), no_places(), options)->resolve({"linux", "amd64", "", "", {}});
        });
    };
    ::setenv("http_proxy", cat("http://", proxy.host()).c_str(), 1);
    options.tls_verify = false; // so that it tries http in the end

    EXPECT_THAT(ask(), HasSubstr("manifest unknown"));
    ::setenv("no_proxy", "example.org,.invalid", 1);
    EXPECT_THAT(ask(), HasSubstr("no such host"));
}

} // namespace
} // namespace skiff::registry
