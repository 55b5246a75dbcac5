#include "support.hpp"

#include "frontends/compose/dotenv.hpp"

namespace skiff::compose {
namespace {

std::map<std::string, std::string> read(const std::string& text, bool raw = false)
{
    const Lookup lookup = [](const std::string& name) { return name == "OUTER" ? std::optional<std::string>{"outer"} : std::nullopt; };
    std::map<std::string, std::string> all;
    ByteBudget budget;
    for (const auto& [name, value] : read_dotenv(text, "a.env", lookup, [](const std::string&) {}, budget, raw))
        all[name] = value.value_or("(unset)");
    return all;
}

TEST(Dotenv, KnowsEveryLine)
{
    const std::pair<const char*, const char*> cases[] = {
        {"K=v", "v"},
        {"K = v ", "v"},
        {"export K=v", "v"},
        {"K=", ""},
        {"K", "(unset)"},
        {"K=\"v w\"", "v w"},
        {"K='v w'", "v w"},
        {"K=v # comment", "v"},
        {"K=v#no comment", "v#no comment"},
        {"K=\"v # w\" # comment", "v # w"},
        {"K='a $OUTER'", "a $OUTER"},
        {"K=a $OUTER", "a outer"},
        {"K=\"a ${OUTER}\"", "a outer"},
        {R"(K="a\nb\tc\\d\"e")", "a\nb\tc\\d\"e"},
        {R"(K="a\$OUTER")", "a$OUTER"},
        {"K=\"one\ntwo\"", "one\ntwo"},
        {"K='one\ntwo'", "one\ntwo"},
        {"# first\n\nK=v\r\n", "v"},
        {"\xEF\xBB\xBFK=v", "v"},
        {"A=1\nK=${A}2", "12"},
        {"K=${NONE:-d}", "d"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(read(text)["K"], expected) << text;
    EXPECT_EQ(read("OUTER")["OUTER"], "outer");
    EXPECT_EQ(read("K=\"one\ntwo\"\nL=3")["L"], "3");
}

TEST(Dotenv, LeavesRawValuesAlone)
{
    EXPECT_EQ(read("K=\"a\" $OUTER # b", true)["K"], "\"a\" $OUTER # b");
}

TEST(Dotenv, NamesTheLine)
{
    EXPECT_EQ(error_of([] { read("A=1\nK=\"open\n"); }), "a.env:2: unterminated quoted value");
    EXPECT_EQ(error_of([] { read("A=1\n\n=x"); }), "a.env:3: there is no name in front of '='");
    EXPECT_EQ(error_of([] { read("some words here\n"); }).substr(0, 54), "a.env:1: unexpected character in variable name 'some w");
    EXPECT_EQ(error_of([] { read("K='a' b"); }), "a.env:1: unexpected text behind a quoted value: 'b'");
}

} // namespace
} // namespace skiff::compose
