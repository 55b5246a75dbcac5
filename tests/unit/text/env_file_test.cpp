#include "text/env_file.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

std::string failure(std::string_view text)
{
    try {
        parse_env_file(text, "x.env");
    } catch (const Error& error) {
        return error.message();
    }
    return "nothing was thrown";
}

TEST(EnvFile, ReadsNamesAndValues)
{
    const auto entries =
        parse_env_file("\xef\xbb\xbf# comment\n\nA=1\r\n  \tB= x # y=\"z\" \nC=\nHOME\n  # more\nLC_*", "x.env");

    ASSERT_EQ(entries.size(), 5U);
    EXPECT_EQ(entries[0].name, "A");
    EXPECT_EQ(entries[0].value, "1");
    EXPECT_EQ(entries[1].name, "B");
    EXPECT_EQ(entries[1].value, " x # y=\"z\" ");
    EXPECT_EQ(entries[2].value, "");
    EXPECT_EQ(entries[3].name, "HOME");
    EXPECT_EQ(entries[3].value, std::nullopt);
    EXPECT_EQ(entries[4].name, "LC_*");
}

TEST(EnvFile, NamesTheLineThatIsWrong)
{
    EXPECT_EQ(failure("A=1\n=x\n"), "x.env:2: invalid environment variable: \"=x\"");
    EXPECT_EQ(failure("A B=1"), "x.env:1: variable 'A B' contains whitespaces");
    EXPECT_EQ(failure("\n\n\xff=1"), "x.env:3: the line is not text in UTF-8");
}

} // namespace
} // namespace skiff::text
