#include "build/mode_change.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;

namespace {

TEST(ModeChange, DoesWhatChmodDoes)
{
    struct Case
    {
        std::string_view text;
        std::uint32_t from;
        bool is_directory;
        std::uint32_t to;
    };
    const Case cases[] = {
        {"755", 0600, false, 0755},   {"0", 0600, false, 0},           {"4755", 0600, false, 04755}, {"u=rwX,go=rX", 0600, false, 0644}, {"u=rwX,go=rX", 0700, true, 0755},
        {"+x", 0644, false, 0755},    {"a-w", 0666, false, 0444},      {"go=", 0777, false, 0700},   {"g=u", 0640, false, 0660},         {"u+s", 0755, false, 04755},
        {"+t", 0777, true, 01777},    {"u=rw,g=r,o=", 0777, false, 0640}, {"ug+rw-x", 0711, false, 0661}, {"go=rX", 02750, true, 02755},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(ModeChange::parse(c.text).apply(c.from, c.is_directory), c.to);
    }
}

TEST(ModeChange, RefusesTheRest)
{
    for (const std::string_view text : {"", "8", "77777", "u", "u=q", "=,x", "rwx", "u+rw go"})
        EXPECT_THROW(ModeChange::parse(text), Error) << text;
}

} // namespace
