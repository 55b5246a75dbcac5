#include "oci/digest.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::oci {
namespace {

TEST(Digest, ReadsItsOwnText)
{
    const std::string text = "sha256:" + std::string(64, 'a');

    EXPECT_EQ(Digest::parse(text).text(), text);
    EXPECT_EQ(Digest::parse("sha512:" + std::string(128, '0')).hex.size(), 128U);
}

TEST(Digest, RefusesEverythingElse) // M-86, T-35
{
    const std::string cases[] = {
        "",
        "sha256",
        "sha256:",
        "sha256:../../x",
        "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(65, 'a'),
        "sha256:" + std::string(64, 'A'),
        "sha256:" + std::string(63, 'a') + "/",
        "sha512:" + std::string(64, 'a'),
        "SHA256:" + std::string(64, 'a'),
        "md5:" + std::string(32, 'a'),
        ":" + std::string(64, 'a'),
        " sha256:" + std::string(64, 'a'),
        std::string("sha256:") + std::string(63, 'a') + '\0',
    };
    for (const std::string& text : cases)
        EXPECT_THROW(Digest::parse(text), Error) << text;
}

TEST(Digest, VerifiesWhatWasPromised)
{
    EXPECT_NO_THROW(verify(Digest::of("abc"), "abc", "blob"));
    EXPECT_THROW(verify(Digest::of("abc"), "abd", "blob"), Error);
}

TEST(Digest, ChainsLayers)
{
    const Digest first = Digest::of("1");
    const Digest second = Digest::of("2");

    const auto chain = chain_ids({first, second});

    ASSERT_EQ(chain.size(), 2U);
    EXPECT_EQ(chain[0], first.text());
    EXPECT_EQ(chain[1], Digest::of(first.text() + " " + second.text()).text());
    EXPECT_TRUE(chain_ids({}).empty());
}

} // namespace
} // namespace skiff::oci
