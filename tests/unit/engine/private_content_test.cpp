#include "engine/private_content.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PrivateContentTest : public testing::Test
{
  protected:
    void add_secret(const std::string& name, const std::string& content)
    {
        store::Secret secret;
        secret.name = name;
        store_.secrets().create(secret, content, store::Secrets::IfTaken::Refuse, store_.use());
    }
    PrivateContent collect(const CreateRequest& request, const std::vector<MountConfig>& mounts = {})
    {
        return collect_private_content(store_, request, mounts);
    }
    std::string problem_of(const CreateRequest& request, const std::vector<MountConfig>& mounts = {})
    {
        try {
            collect(request, mounts);
        } catch (const Error& error) {
            return error.message();
        }
        return "no error";
    }

    TempDir box_{testing::TempDir(), "skiff-private-"};
    store::Store store_ = store::Store::open({box_.path() + "/data", box_.path() + "/run", {}, false});
};

TEST_F(PrivateContentTest, HasSecretsAsFilesAndVariables)
{
    add_secret("db", "value");
    CreateRequest request;
    request.secrets = {{"db", PrivateItem::Use::File, "", 5, {}, 0400},
                       {"db", PrivateItem::Use::File, "other", {}, {}, 0444},
                       {"db", PrivateItem::Use::File, "/etc/./key", {}, {}, 0444},
                       {"db", PrivateItem::Use::Variable, "", {}, {}, 0444}};

    const PrivateContent all = collect(request);

    ASSERT_EQ(all.items.size(), 4U);
    EXPECT_EQ(all.items[0].target, "/run/secrets/db");
    EXPECT_EQ(all.items[0].uid, 5U);
    EXPECT_EQ(all.items[0].mode, 0400U);
    EXPECT_EQ(all.items[1].target, "/run/secrets/other");
    EXPECT_EQ(all.items[2].target, "/etc/key");
    EXPECT_EQ(all.items[3].target, "db");
    EXPECT_THAT(all.contents, ElementsAre("value", "value", "value", "value"));
}

TEST_F(PrivateContentTest, HasFilesThatCameWithTheirContent)
{
    CreateRequest request;
    request.files = {{"/etc/app.conf", "a\0b", 1, 2, 0640}};

    const PrivateContent all = collect(request);

    ASSERT_EQ(all.items.size(), 1U);
    EXPECT_EQ(all.items[0].target, "/etc/app.conf");
    EXPECT_EQ(all.items[0].secret_name, "");
    EXPECT_EQ(all.items[0].mode, 0640U);
}

TEST_F(PrivateContentTest, RefusesWhatCannotBe)
{
    add_secret("db", "value");
    add_secret("binary", std::string("a\0b", 3));
    CreateRequest request;
    request.secrets = {{"nope", PrivateItem::Use::File, "", {}, {}, 0444}};
    EXPECT_EQ(problem_of(request), "no secret with name or id \"nope\": no such secret");
    request.secrets = {{"db", PrivateItem::Use::File, "/data/x", {}, {}, 0444}};
    MountConfig mount;
    mount.target = "/data/x";
    EXPECT_EQ(problem_of(request, {mount}), "/data/x: duplicate mount destination");
    request.secrets = {{"db", PrivateItem::Use::File, "../x", {}, {}, 0444}};
    EXPECT_THAT(problem_of(request), HasSubstr("\"..\" is not allowed"));
    request.secrets = {{"binary", PrivateItem::Use::Variable, "", {}, {}, 0444}};
    EXPECT_THAT(problem_of(request), HasSubstr("zero byte"));
    request.secrets.clear();
    request.files = {{"/big", std::string(8U << 20U, 'x'), {}, {}, 0444}};
    EXPECT_THAT(problem_of(request), HasSubstr("too large"));
}

} // namespace
} // namespace skiff::engine
