#include "runtime/hooks.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gtest/gtest.h>

namespace skiff::runtime {
namespace {

class HookFiles : public testing::Test
{
  protected:
    void write(const char* name, const std::string& when, const std::string& stages = R"(["prestart"])")
    {
        save_atomically(AT_FDCWD, cat(directory_.path(), "/", name),
                        cat(R"({"version": "1.0.0", "hook": {"path": "/bin/)", name,
                            R"(", "args": ["x"], "timeout": 5}, "when": )", when, R"(, "stages": )", stages, "}"),
                        Durability::None);
    }
    oci::SpecHooks load(const HookFacts& facts) { return load_hooks({"/no/such/directory", directory_.path()}, facts); }

  private:
    TempDir directory_{"/tmp", "skiff-hooks-"};
};

TEST_F(HookFiles, ApplyInTheOrderOfTheirNames)
{
    write("20-b.json", R"({"always": true})", R"(["prestart", "poststop"])");
    write("10-a.json", R"({"always": true})");
    write("30-c.txt", "nonsense");

    const oci::SpecHooks hooks = load({});

    ASSERT_EQ(hooks.prestart.size(), 2U);
    EXPECT_EQ(hooks.prestart[0].path, "/bin/10-a.json");
    EXPECT_EQ(hooks.prestart[0].timeout_s, 5);
    EXPECT_EQ(hooks.prestart[1].path, "/bin/20-b.json");
    EXPECT_EQ(hooks.poststop.size(), 1U);
}

TEST_F(HookFiles, ApplyWhenAllTheirConditionsHold)
{
    write("a.json", R"({"commands": [".*/bin/sh$"], "hasBindMounts": true})");
    write("b.json", R"({"annotations": {"^gpu$": "^(yes|1)$"}})");
    write("c.json", "{}");

    EXPECT_EQ(load({{"/bin/sh"}, {}, true}).prestart.size(), 1U);
    EXPECT_EQ(load({{"/bin/sh"}, {}, false}).prestart.size(), 0U);
    EXPECT_EQ(load({{"/bin/ls"}, {{"gpu", "yes"}}, false}).prestart.size(), 1U);
    EXPECT_EQ(load({{"/bin/ls"}, {{"gpu", "no"}}, false}).prestart.size(), 0U);
}

TEST_F(HookFiles, NameWhatIsWrong)
{
    write("bad.json", R"({"always": true})", R"(["sometime"])");
    try {
        load({});
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "hook file 'bad.json': unknown hook stage 'sometime'");
    }
}

TEST(StateDocument, IsTheSpecifications)
{
    EXPECT_EQ(
        make_state_document({"abc", "creating", 42, "/bundle", {{"k", "v"}}}),
        R"({"ociVersion":"1.1.0","id":"abc","status":"creating","pid":42,"bundle":"/bundle","annotations":{"k":"v"}})");
}

} // namespace
} // namespace skiff::runtime
