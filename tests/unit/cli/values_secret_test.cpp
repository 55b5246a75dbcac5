#include "cli/values_secret.hpp"

#include "support.hpp"

namespace skiff::cli {
namespace {

TEST(SecretValue, IsANameOrHasOptions)
{
    const SecretRequest plain = read_secret("db");
    EXPECT_EQ(plain.name, "db");
    EXPECT_EQ(plain.use, PrivateItem::Use::File);
    EXPECT_EQ(plain.target, "");
    EXPECT_EQ(plain.mode, 0444U);
    EXPECT_FALSE(plain.uid);

    const SecretRequest file = read_secret("db,type=mount,target=/etc/key,uid=5,GID=6,mode=0400");
    EXPECT_EQ(file.name, "db");
    EXPECT_EQ(file.target, "/etc/key");
    EXPECT_EQ(file.uid, 5U);
    EXPECT_EQ(file.gid, 6U);
    EXPECT_EQ(file.mode, 0400U);

    const SecretRequest variable = read_secret("type=env,source=db,target=PASSWORD");
    EXPECT_EQ(variable.name, "db");
    EXPECT_EQ(variable.use, PrivateItem::Use::Variable);
    EXPECT_EQ(variable.target, "PASSWORD");

    EXPECT_EQ(read_secret("type=env").name, "type=env"); // no option without a comma, as in Podman
}

TEST(SecretValue, SaysWhatIsWrong)
{
    const std::pair<const char*, const char*> cases[] = {
        {"source=db,type=other", "type other is invalid: parsing secret"},
        {"source=db,invalid=invalid", "option invalid=invalid invalid: parsing secret"},
        {"source=db,type", "option type must be in form option=value: parsing secret"},
        {"source=db,type=env,uid=1000", "UID, GID, Mode options cannot be set with secret type env: parsing secret"},
        {"db,type=env,type=env", "cannot set more than one secret type: parsing secret"},
        {"db,mode=9", "mode 9 invalid: parsing secret"},
        {"db,uid=x", "UID x invalid: parsing secret"},
        {"db,gid=-1", "GID -1 invalid: parsing secret"},
        {"type=env,target=x", "no source found target=x: parsing secret"},
    };
    for (const auto& [text, message] : cases)
        EXPECT_EQ(error_of([&, value = text] { (void)read_secret(value); }), message) << text;
}

} // namespace
} // namespace skiff::cli
