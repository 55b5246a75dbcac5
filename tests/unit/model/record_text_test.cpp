#include "model/record_text.hpp"

#include "model/container_config.hpp"
#include "model/record_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::record {
namespace {

enum class Colour { Red, Green };
constexpr std::array<std::pair<Colour, const char*>, 2> words_of(Of<Colour> /*unused*/)
{
    return {{{Colour::Red, "red"}, {Colour::Green, "green"}}};
}

struct Inner
{
    std::int64_t number = 0;
    bool operator==(const Inner&) const = default;
};
template <typename Fields>
void describe(Fields& field, Of<Inner>)
{
    field("number", &Inner::number);
}

struct Outer
{
    std::string text;
    std::optional<std::uint8_t> small;
    std::vector<Inner> list;
    std::map<std::string, std::string> map;
    Inner inner;
    Colour colour = Colour::Red;
    bool flag = false;
    WallTime when;
    double fraction = 0;
    bool operator==(const Outer&) const = default;
};
template <typename Fields>
void describe(Fields& field, Of<Outer>)
{
    field("text", &Outer::text);
    field("small", &Outer::small);
    field("list", &Outer::list);
    field("map", &Outer::map);
    field("inner", &Outer::inner);
    field("colour", &Outer::colour);
    field("flag", &Outer::flag);
    field("when", &Outer::when);
    field("fraction", &Outer::fraction);
}

std::optional<Outer> read_quickly(const std::string& text)
{
    quick::Text from{text};
    Outer value;
    if (quick::read(from, value) && from.is_at_end())
        return value;
    return std::nullopt;
}

TEST(RecordText, IsReadQuicklyAsItIsWritten)
{
    Outer value;
    value.text = "with \"quotes\", \\ and\n\tbreaks";
    value.small = 255;
    value.list = {{-5}, {0}, {INT64_MAX}};
    value.map = {{"a", "1"}, {"b", ""}};
    value.inner.number = INT64_MIN;
    value.colour = Colour::Green;
    value.flag = true;
    value.when = WallTime{std::chrono::nanoseconds{1'700'000'000'123'456'789}};

    EXPECT_EQ(read_quickly(to_text(value)), value);
    EXPECT_EQ(read_quickly(to_text(Outer{})), Outer{});
}

TEST(RecordText, IsLeftToTheGeneralReaderWhenAnythingIsUnusual)
{
    for (const char* text : {
             "", "{", "{}x", " {}", "{} ", "{ }", R"({"flag": true})", R"({"flag":true,})", R"({"flag":tru})", R"({"flag":1})",
             R"({"flag":true,"flag":true})", R"({"text":"b","flag":true})", R"({"unknown":1})", R"({"small":256})",
             R"({"small":-1})", R"({"small":01})", R"({"small":1.0})", R"({"small":null})", R"({"small":1)", R"({"text":"\u0041"})",
             "{\"text\":\"caf\xc3\xa9\"}", "{\"text\":\"\x01\"}", R"({"text":"open)", R"({"text":"\)", R"({"colour":"blue"})",
             R"({"list":[{"number":1},]})", R"({"list":{}})", R"({"map":{"a":"1","a":"2"}})", R"({"map":{"a":1}})",
             R"({"fraction":0.5})", R"({"inner":[]})", R"({"when":1e3})",
         })
        EXPECT_FALSE(read_quickly(text)) << text;
}

TEST(RecordText, MeansTheSameToBothReaders)
{
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.command = {"sh", "-c", "echo \"hi\""};
    config.env = {"PATH=/bin", "EMPTY="};
    config.labels = {{"k", "v"}};
    config.id_map.uids = {{0, 1, 1000}, {1000, 0, 1}};
    config.mounts = {{.type = MountType::Volume, .source = "data", .target = "/data", .read_only = true}};
    const std::string text = serialize(config);

    EXPECT_EQ(serialize(parse_container_config(text)), serialize(parse_container_config(text + " ")));
}

} // namespace
} // namespace skiff::record
