#include "support.hpp"

#include "frontends/compose/interpolate.hpp"

namespace skiff::compose {
namespace {

const std::map<std::string, std::string> variables{{"A", "a"}, {"EMPTY", ""}, {"N_1", "n"}};

std::string expand(std::string_view text, std::vector<std::string>* unset = nullptr)
{
    return interpolate(
        text,
        [](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
        },
        [&](const std::string& name) {
            if (unset != nullptr)
                unset->push_back(name);
        });
}

TEST(Interpolate, KnowsEveryForm)
{
    const std::pair<const char*, const char*> cases[] = {
        {"plain", "plain"},
        {"$A", "a"},
        {"${A}", "a"},
        {"x${A}y$N_1.z", "xayn.z"},
        {"$$A", "$A"},
        {"$${A}", "${A}"},
        {"${A:-d}", "a"},
        {"${EMPTY:-d}", "d"},
        {"${EMPTY-d}", ""},
        {"${NONE:-d}", "d"},
        {"${NONE-d}", "d"},
        {"${NONE:-}", ""},
        {"${A:+r}", "r"},
        {"${EMPTY:+r}", ""},
        {"${EMPTY+r}", "r"},
        {"${NONE+r}", ""},
        {"${A:?e}", "a"},
        {"${NONE:-${A}-${EMPTY:-x}}", "a-x"},
        {"${NONE:-${ALSO_NONE:-deep}}", "deep"},
        {"${A:+<${A}>}", "<a>"},
        {"${NONE:-a:b-c?d+e}", "a:b-c?d+e"},
        {"100%", "100%"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(expand(text), expected) << text;
}

TEST(Interpolate, FailsForRequiredVariables)
{
    EXPECT_EQ(error_of([] { expand("${NONE:?please set it}"); }),
              "required variable NONE is missing a value: please set it | set NONE in the environment or in .env");
    EXPECT_EQ(error_of([] { expand("${EMPTY:?}"); }).substr(0, 43), "required variable EMPTY is missing a value ");
    EXPECT_EQ(expand("${EMPTY?e}"), "");
    // What is not used is not required.
    EXPECT_EQ(expand("${A:-${NONE:?never}}"), "a");
}

TEST(Interpolate, RefusesWhatIsNoTemplate)
{
    for (const char* text : {"$", "a$", "$1", "${", "${}", "${A", "${A:}", "${A:=x}", "${1}", "$-", "${A:-x", "${A%x}"})
        EXPECT_EQ(error_of([&] { expand(text); }).substr(0, 18), "Invalid template: ") << text;
}

TEST(Interpolate, EscapedTextIsReadAsItWas)
{
    for (const char* text : {"", "a", "$", "$$", "a$b", "${A:-x}$", "$$$A"}) {
        Node node = Node::make_list();
        node.items.push_back(Node::make_text(text));
        escape_dollars(node);
        EXPECT_EQ(expand(node.items[0].text), text);
    }
}

TEST(Interpolate, TellsUnsetVariables)
{
    std::vector<std::string> unset;
    EXPECT_EQ(expand("$NONE ${ALSO} ${NONE:-x} ${A:-$UNUSED}", &unset), "  x a");
    EXPECT_EQ(unset, (std::vector<std::string>{"NONE", "ALSO"}));
}

TEST(Interpolate, BoundsItsDepth)
{
    std::string text = "x";
    for (int i = 0; i < 100; ++i)
        text = "${NONE:-" + text + "}";
    EXPECT_EQ(error_of([&] { expand(text); }).substr(0, 17), "Invalid template:");
}

TEST(Interpolate, ListsVariables)
{
    const auto all = list_variables("${PORT:-80} $HOST ${KEY:?no key} ${X:+y}");
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].name, "PORT");
    EXPECT_EQ(all[0].default_value, "80");
    EXPECT_TRUE(all[2].required);
    EXPECT_EQ(all[3].alternate, "y");
}

} // namespace
} // namespace skiff::compose
