#include "text/yaml_json.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace skiff::text {
namespace {

using ::testing::HasSubstr;

std::string json_of(const std::string& yaml) { return parse_strict_yaml(yaml).dump(); }

std::string error_of(const std::string& yaml, const JsonLimits& limits = {})
{
    try {
        parse_strict_yaml(yaml, limits);
    } catch (const Error& error) {
        return error.message();
    }
    return "nothing was thrown";
}

TEST(YamlJson, MeansWhatJsonSays)
{
    EXPECT_EQ(json_of("---\na: 1\nb: [x, 'y', \"2\", 2.5, true, ~]\nc:\n- d: {e: }\n"), R"({"a":1,"b":["x","y","2",2.5,true,null],"c":[{"d":{"e":null}}]})");
    EXPECT_EQ(json_of(R"({"a": "1", "b": [1, -2, null, false]})"), R"({"a":"1","b":[1,-2,null,false]})");
    EXPECT_EQ(json_of("a: yes\nb: 0x1f\nc: 1.2.3\nd: e\n"), R"({"a":"yes","b":"0x1f","c":"1.2.3","d":"e"})");
    EXPECT_EQ(json_of(""), "null");
    EXPECT_EQ(json_of("# only a comment\n"), "null");
    EXPECT_EQ(json_of("a: 1\n# and one behind\n"), R"({"a":1})");
}

TEST(YamlJson, IsStrict)
{
    EXPECT_EQ(error_of("a: 1\na: 2\n"), "invalid YAML in line 2: the key 'a' is there twice");
    EXPECT_THAT(error_of("a: &x 1\nb: *x\n"), HasSubstr("aliases are not read here"));
    EXPECT_THAT(error_of("a: !!binary x\n"), HasSubstr("tags are not read here"));
    EXPECT_THAT(error_of("{[a]: 1}\n"), HasSubstr("a key must be a text"));
    EXPECT_THAT(error_of("---\na: 1\n---\nb: 2\n"), HasSubstr("more than one document"));
    EXPECT_THAT(error_of("a: [1\n"), HasSubstr("invalid YAML in line"));
    EXPECT_THAT(error_of("a: \xff\n"), HasSubstr("not UTF-8"));
}

TEST(YamlJson, IsBounded)
{
    EXPECT_THAT(error_of("[[[1]]]", {1024, 2, 100}), HasSubstr("nested deeper than 2 levels"));
    EXPECT_THAT(error_of("[1, 2, 3]", {1024, 9, 3}), HasSubstr("more than 3 values"));
    EXPECT_THAT(error_of("a: 1234567890\n", {8, 9, 9}), HasSubstr("more than 8 bytes"));
}

} // namespace
} // namespace skiff::text
