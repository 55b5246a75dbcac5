#include "cli/yaml_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

TEST(YamlText, ShowsNestedDocuments)
{
    const nlohmann::ordered_json document{
        {"host", {{"os", "linux"}, {"cpus", 2}, {"maps", {{{"host_id", 1000}, {"size", 1}}, {{"size", 2}}}}}},
        {"empty", nlohmann::ordered_json::object()},
        {"list", {"a", "b"}},
    };

    EXPECT_EQ(to_yaml(document), "empty: {}\n"
                                 "host:\n"
                                 "  cpus: 2\n"
                                 "  maps:\n"
                                 "  - host_id: 1000\n"
                                 "    size: 1\n"
                                 "  - size: 2\n"
                                 "  os: linux\n"
                                 "list:\n"
                                 "- a\n"
                                 "- b\n");
}

TEST(YamlText, QuotesWhatWouldBeReadAsSomethingElse)
{
    for (const std::string text : {"12", "true", "", "a: b", "- x", "1e3"})
        EXPECT_EQ(to_yaml({{"k", text}}), "k: \"" + text + "\"\n");
    for (const std::string text : {"v1", "6.18.44-fc", "a b", "/x/y:z"})
        EXPECT_EQ(to_yaml({{"k", text}}), "k: " + text + "\n");
}

} // namespace
} // namespace skiff::cli
