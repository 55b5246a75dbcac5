#include "support.hpp"

#include "frontends/compose/yaml_reader.hpp"

namespace skiff::compose {
namespace {

std::string json(const std::string& text, const YamlLimits& limits = {})
{
    std::string out;
    for (const Node& document : read_yaml(text, "a.yaml", limits))
        out += to_json(document).dump();
    return out;
}

TEST(YamlReader, KeepsTextsAsTheyAre)
{
    EXPECT_EQ(json("a: 22:22\nb: yes\nc: off\nd: 1\ne: \"1\"\nf: true\ng: ~\nh:\ni: 0x10\n"),
              R"({"a":"22:22","b":"yes","c":"off","d":1,"e":"1","f":true,"g":null,"h":null,"i":"0x10"})");
}

TEST(YamlReader, ResolvesAliasesAndMergeKeys)
{
    EXPECT_EQ(json("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n"),
              R"({"x":{"a":1,"b":2},"y":{"a":1,"b":3},"z":{"a":1,"b":2}})");
    EXPECT_EQ(json("p: &p {a: 1}\nq: &q {a: 2, c: 4}\nr: {<<: [*p, *q], d: 5}"),
              R"({"p":{"a":1},"q":{"a":2,"c":4},"r":{"a":1,"c":4,"d":5}})");
}

TEST(YamlReader, ReadsSeveralDocuments) { EXPECT_EQ(json("a: 1\n---\nb: 2\n"), R"({"a":1}{"b":2})"); }

TEST(YamlReader, RemembersCommandsAndPlaces)
{
    const Node node = read_yaml("a: 1\nb: !reset []\nc: !override\n  - x\nd: !reset null\n", "a.yaml")[0];
    EXPECT_EQ(node.find("b")->command, Node::Command::Reset);
    EXPECT_EQ(node.find("c")->command, Node::Command::Override);
    EXPECT_EQ(node.find("d")->command, Node::Command::Reset);
    EXPECT_EQ(node.find("c")->items[0].place.text(), "a.yaml:4");
}

TEST(YamlReader, RefusesWhatIsWrongWithThePlace)
{
    const std::pair<const char*, const char*> cases[] = {
        {"a: 1\nb: 2\na: 3\n", "a.yaml:3: mapping key 'a' already defined at line 1"},
        {"a:\n\tb: 1\n", "a.yaml:2: found a tab character where an indentation is expected | indent with spaces: YAML knows no tabs there"},
        {"a: [1, 2\nb: 3\n", "a.yaml:"},
        {"a: *none\n", "a.yaml:"},
        {"a: !secret x\n", "a.yaml:1: the tag '!secret' is not known; there are !reset and !override"},
        {"[a, b]: c\n", "a.yaml:1: a key is a word, not a list"},
        {"a: \xff\n", "a.yaml:1: a character of this line is not UTF-8"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(error_of([&] { json(text); }), testing::StartsWith(expected)) << text;
}

TEST(YamlReader, HasLimits)
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string below = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j)
            bomb += (j > 0 ? ", " : "") + below;
        bomb += "]\n";
    }
    EXPECT_THAT(error_of([&] { json(bomb); }), testing::HasSubstr("more than 100000 values"));
    EXPECT_THAT(error_of([&] { json(std::string(100, '[') + std::string(100, ']')); }), testing::HasSubstr("nested deeper than 64 levels"));
    EXPECT_THAT(error_of([&] { json(std::string(5U << 20U, 'x')); }), testing::HasSubstr("larger than 4 MiB"));
    EXPECT_THAT(error_of([&] { json(std::string(100'000, '[')); }), testing::HasSubstr("a.yaml"));
}

} // namespace
} // namespace skiff::compose
