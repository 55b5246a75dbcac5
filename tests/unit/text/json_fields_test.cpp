#include "text/json_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::text {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

template <typename Work>
std::string failure(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return "nothing was thrown";
}

std::string refusal(std::string_view text, const JsonLimits& limits = {})
{
    return failure([&] { parse_strict_json(text, limits); });
}

TEST(StrictJson, ReadsDocuments)
{
    const std::string text = R"({"a":[1,-2,2.5,true,null,"x"],"b":{"c":{}},"big":18446744073709551615})";

    EXPECT_EQ(parse_strict_json(text), json::parse(text));
    EXPECT_EQ(parse_strict_json(" \"ue \\u00fc \\ud83d\\ude00\" "), "ue \xc3\xbc \xf0\x9f\x98\x80");
}

TEST(StrictJson, RefusesAmbiguousDocuments)
{
    EXPECT_EQ(refusal(R"({"a":1,"b":{"a":1},"a":2})"), "invalid JSON: the key 'a' appears twice");
    EXPECT_EQ(refusal(R"({"a\u0000b":1})"), "invalid JSON: U+0000 in a text");
    EXPECT_EQ(refusal(R"(["\u0000"])"), "invalid JSON: U+0000 in a text");
    EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "invalid JSON: begins with a byte order mark");
    EXPECT_THAT(refusal("{} {}"), HasSubstr("invalid JSON at byte 4"));
    EXPECT_THAT(refusal("\"\xff\""), HasSubstr("invalid JSON at byte 2"));
    EXPECT_THAT(refusal(R"(["\ud800"])"), HasSubstr("invalid JSON at byte"));
    EXPECT_THAT(refusal("[1e400]"), HasSubstr("invalid JSON at byte"));
    EXPECT_THAT(refusal("[NaN]"), HasSubstr("invalid JSON at byte"));
    EXPECT_THAT(refusal(""), HasSubstr("invalid JSON at byte"));
    EXPECT_THAT(refusal("[1,]"), HasSubstr("invalid JSON at byte"));
}

TEST(StrictJson, KeepsToItsLimits)
{
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };

    EXPECT_EQ(refusal(nested(64)), "nothing was thrown");
    EXPECT_EQ(refusal(nested(65)), "invalid JSON: nested deeper than 64 levels");
    EXPECT_EQ(refusal(nested(100'000)), "invalid JSON: nested deeper than 64 levels");
    EXPECT_EQ(refusal("[1,2,3]", {.values = 3}), "invalid JSON: more than 3 values");
    EXPECT_EQ(refusal("[1,2,3]", {.bytes = 3}), "invalid JSON: larger than 3 bytes");
}

TEST(JsonFields, GivesFieldsByType)
{
    const json document = parse_strict_json(
        R"({"name":"x","n":-3,"u":7,"f":5.0,"half":0.5,"yes":true,"null":null,"list":["a","b"],"map":{"k":"v"},
            "sub":{"deep":1},"items":[{"i":0},{"i":1}]})");
    const JsonFields fields{document};

    EXPECT_EQ(fields.text("name"), "x");
    EXPECT_EQ(fields.integer("n"), -3);
    EXPECT_EQ(fields.unsigned_integer("u"), 7U);
    EXPECT_EQ(fields.find_integer("f"), 5);
    EXPECT_EQ(fields.find_number("half"), 0.5);
    EXPECT_TRUE(fields.flag("yes"));
    EXPECT_FALSE(fields.has("null"));
    EXPECT_EQ(fields.find_text("null"), std::nullopt);
    EXPECT_EQ(fields.text_or("absent", "d"), "d");
    EXPECT_EQ(fields.integer_or("absent", 9), 9);
    EXPECT_FALSE(fields.flag_or("absent", false));
    EXPECT_THAT(fields.texts("list"), ElementsAre("a", "b"));
    EXPECT_THAT(fields.texts("absent"), ElementsAre());
    EXPECT_THAT(fields.text_map("map"), ElementsAre(Pair("k", "v")));
    EXPECT_THAT(fields.keys("map"), ElementsAre("k"));
    EXPECT_EQ(fields.object("sub").integer("deep"), 1);
    EXPECT_EQ(fields.objects("items").at(1).integer("i"), 1);
}

TEST(JsonFields, NamesTheFieldThatIsWrong)
{
    const json document = parse_strict_json(
        R"({"config":{"Env":["a",1],"User":5,"Labels":{"k":[]},"n":-1,"half":0.5,"huge":18446744073709551615}})");
    const JsonFields config = JsonFields{document}.object("config");

    EXPECT_EQ(failure([&] { return config.text("User"); }), "field \"config.User\" must be a string, not a number");
    EXPECT_EQ(failure([&] { return config.text("Nope"); }), "field \"config.Nope\" is missing");
    EXPECT_EQ(failure([&] { return config.texts("Env"); }), "field \"config.Env[1]\" must be a string, not a number");
    EXPECT_EQ(failure([&] { return config.texts("Labels"); }), "field \"config.Labels\" must be a list, not an object");
    EXPECT_EQ(failure([&] { return config.text_map("Labels"); }),
              "field \"config.Labels.k\" must be a string, not a list");
    EXPECT_EQ(failure([&] { return config.find_unsigned("n"); }),
              "field \"config.n\" must be an integer that is not negative");
    EXPECT_EQ(failure([&] { return config.find_integer("half"); }), "field \"config.half\" must be an integer");
    EXPECT_EQ(failure([&] { return config.find_integer("huge"); }), "field \"config.huge\" must be an integer");
    EXPECT_EQ(failure([&] { return config.find_flag("n"); }), "field \"config.n\" must be true or false, not a number");
    EXPECT_EQ(failure([&] { return config.find_object("n"); }), "field \"config.n\" must be an object, not a number");
    EXPECT_EQ(failure([] { JsonFields{json::array()}; }), "the document must be an object, not a list");
    EXPECT_EQ(config.complain("User", "is odd").message(), "field \"config.User\" is odd");
}

} // namespace
} // namespace skiff::text
