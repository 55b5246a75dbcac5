#include "store_box.hpp"

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using std::string_literals::operator""s;

using IfTaken = Secrets::IfTaken;

class SecretsTest : public StoreBox
{
  protected:
    const Secrets& secrets() { return store().secrets(); }
    std::string create_secret(const std::string& name, const std::string& content, IfTaken if_taken = IfTaken::Refuse)
    {
        Secret secret;
        secret.name = name;
        return secrets().create(secret, content, if_taken, store().use()).id;
    }
    std::string content_of(const std::string& text) { return secrets().load_content(secrets().resolve(text)); }
};

TEST_F(SecretsTest, KeepsWhatASecretIs)
{
    Secret secret;
    secret.name = "db";
    secret.labels = {{"a", "b"}};
    secret.options = {{"opt1", "val"}};
    const std::string id = secrets().create(secret, "s3cr\0t\n"s, IfTaken::Refuse, store().use()).id;

    const Secret found = secrets().resolve("db");
    EXPECT_EQ(found.id, id);
    EXPECT_EQ(found.id.size(), 25U);
    EXPECT_EQ(found.driver, "file");
    EXPECT_EQ(found.labels.at("a"), "b");
    EXPECT_EQ(found.options.at("opt1"), "val");
    EXPECT_EQ(found.created, found.updated);
    EXPECT_EQ(secrets().load_content(found), "s3cr\0t\n"s);
}

TEST_F(SecretsTest, IsForNobodyElse)
{
    const std::string id = create_secret("db", "value");

    for (const char* file : {"/content", "/secret.json"}) {
        struct stat status
        {
        };
        ASSERT_EQ(::stat(cat(store().root().data_path(), "/secrets/", id, file).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0600U) << file;
    }
}

TEST_F(SecretsTest, FindsByNameIdAndTheBeginningOfAnId)
{
    const std::string id = create_secret("db", "value");

    EXPECT_EQ(secrets().find("db")->id, id);
    EXPECT_EQ(secrets().find(id)->name, "db");
    EXPECT_EQ(secrets().find(id.substr(0, 8))->name, "db");
    EXPECT_FALSE(secrets().find(id.front() == 'd' ? "b" : "d")) << "the beginning of a name is no name";
    EXPECT_FALSE(secrets().find(""));
    EXPECT_EQ(error_of([&] { (void)secrets().resolve("nope"); }), "no secret with name or id \"nope\": no such secret");
}

TEST_F(SecretsTest, RefusesReplacesOrKeepsANameThatIsTaken)
{
    const std::string first = create_secret("db", "one");

    EXPECT_EQ(error_of([&] { create_secret("db", "two"); }), "db: secret name in use");
    EXPECT_EQ(create_secret("db", "two", IfTaken::Keep), first);
    EXPECT_EQ(content_of("db"), "one");

    const std::string second = create_secret("db", "two", IfTaken::Replace);
    EXPECT_NE(second, first);
    EXPECT_EQ(content_of("db"), "two");
    EXPECT_FALSE(secrets().find(first));
    EXPECT_THAT(secrets().list(), ElementsAre(Field(&Secret::id, second)));
    EXPECT_THAT(list_directory(store().root().data(), "secrets"), SizeIs(1));
}

TEST_F(SecretsTest, RefusesWhatIsNoNameOrNoContent)
{
    for (const char* name : {"", "a/b", "a=b", "a,b"})
        EXPECT_THAT(error_of([&] { create_secret(name, "value"); }), HasSubstr("invalid secret name")) << name;
    EXPECT_THAT(error_of([&] { create_secret(std::string(254, 'x'), "value"); }), HasSubstr("invalid secret name"));
    for (const std::string& content : {std::string{}, std::string(512'000, 'x')})
        EXPECT_EQ(error_of([&] { create_secret("db", content); }),
                  "secret data must be larger than 0 and less than 512000 bytes");
    for (const std::string& name :
         {std::string{"."}, std::string{".."}, std::string{".hidden"}, std::string(253, 'x')}) {
        create_secret(name, "value");
        EXPECT_EQ(content_of(name), "value") << name;
    }
}

TEST_F(SecretsTest, LeavesNothingWhenRemoved)
{
    const std::string id = create_secret("db", "value");

    EXPECT_EQ(secrets().remove("db"), id);

    EXPECT_FALSE(secrets().find("db"));
    EXPECT_THAT(list_directory(store().root().data(), "secrets"), IsEmpty());
    EXPECT_THAT(list_directory(store().root().data(), "names/secrets"), IsEmpty());
    EXPECT_EQ(error_of([&] { secrets().remove("db"); }), "no secret with name or id \"db\": no such secret");
}

TEST_F(SecretsTest, TakesAwayWhatAKilledWriterLeft)
{
    const std::string id = create_secret("db", "value");
    ASSERT_EQ(::unlinkat(store().root().data(), "names/secrets/=db", 0), 0); // as if it had not got there
    ASSERT_EQ(::symlinkat("x", store().root().data(), "names/secrets/.0123"), 0);
    EXPECT_FALSE(secrets().find(id));
    EXPECT_THAT(secrets().list(), IsEmpty());

    create_secret("other", "value");

    EXPECT_THAT(list_directory(store().root().data(), "secrets"), SizeIs(1));
    EXPECT_THAT(list_directory(store().root().data(), "names/secrets"), SizeIs(1));
}

} // namespace
} // namespace skiff::store
