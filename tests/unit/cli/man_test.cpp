#include "cli/man.hpp"

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/roff.hpp"
#include "support.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Roff, ComesFromMarkdown)
{
    EXPECT_EQ(roff_from_markdown("## TITLE\n\nSome `code` and **bold** and *soft* words.\nGo on.\n\n- one\n  more\n- "
                                 "two\n\n    .code -x\n\nEnd.\n"),
              ".SH TITLE\n.PP\nSome \\fBcode\\fR and \\fBbold\\fR and \\fIsoft\\fR words.\nGo on.\n.IP \\(bu "
              "2\none\nmore\n.IP \\(bu 2\n"
              "two\n.PP\n.RS 4\n.EX\n\\&.code \\-x\n.EE\n.RE\n.PP\nEnd.\n");
    EXPECT_EQ(roff_from_markdown("a * b\n"), ".PP\na * b\n");
}

TEST(Man, JoinsTablesAndProse)
{
    const std::string page =
        make_man_page(*find_command("stop"), "## DESCRIPTION\n\nIt stops.\n\n## NOTES\n\nNothing.\n");

    EXPECT_THAT(page, HasSubstr(".SH NAME\nskiff\\-stop \\- Stop one or more containers\n"));
    EXPECT_THAT(page, HasSubstr(".SH DESCRIPTION\n.PP\nIt stops.\n.SH OPTIONS\n"));
    EXPECT_THAT(page, HasSubstr("\\fB\\-t\\fR, \\fB\\-\\-time\\fR \\fISECONDS\\fR\n"));
    EXPECT_THAT(page, HasSubstr(".SH NOTES\n.PP\nNothing.\n"));
    EXPECT_THAT(page, Not(HasSubstr("NOT SUPPORTED")));
}

TEST(Man, HasAPageForAGroupOfCommands)
{
    const std::string page = make_man_page(*find_command_group("compose"), "## DESCRIPTION\n\nMany.\n\n## KEYS\n\nSome.\n");

    EXPECT_THAT(page, HasSubstr(".SH NAME\nskiff\\-compose \\- Run an application of several containers\n"));
    EXPECT_THAT(page, HasSubstr("\\fBskiff compose\\fR [\\fIoptions\\fR] \\fIcommand\\fR\n"));
    EXPECT_THAT(page, HasSubstr(".PP\nMany.\n.SH OPTIONS\n"));
    EXPECT_THAT(page, HasSubstr("\\fBskiff\\-compose\\-up\\fR(1)\nCreate and start the containers of a project.\n"));
    EXPECT_THAT(page, HasSubstr(".SH KEYS\n.PP\nSome.\n"));
    EXPECT_THAT(make_man_page(*find_command("compose up"), ""), HasSubstr(".SH SEE ALSO\n\\fBskiff\\-compose\\fR(1), \\fBskiff\\fR(1)\n"));
    EXPECT_THAT(make_man_page(*find_command_group("container"), ""), HasSubstr("\\fBskiff\\-stop\\fR(1)\n")) << "the page of what it is an alias of";
}

TEST(Man, ExamplesMayBeginWithAnotherProgram)
{
    const std::string page = make_man_page(*find_command("secret create"), "");

    EXPECT_THAT(page, HasSubstr("$ skiff secret create"));
    EXPECT_THAT(page, HasSubstr("$ printf %s"));
}

TEST(Man, SaysWhatIsRefused)
{
    EXPECT_THAT(make_man_page(*find_command("run"), ""), HasSubstr("\\fB\\-\\-pod\\fR\npods are not built yet.\n"));
}

TEST(Man, HasAPageForEachCommandInTheBuild)
{
    const std::string build = read_file(AT_FDCWD, SKIFF_SOURCE_ROOT "/man/meson.build");
    std::size_t pages = 1; // skiff.1
    for (std::size_t at = build.find("    'skiff-"); at != std::string::npos; at = build.find("    'skiff-", at + 1))
        ++pages;

    EXPECT_EQ(pages, list_documented_commands().size() + list_documented_groups().size() + 1);
    for (const Command* command : list_documented_commands())
        EXPECT_THAT(build, HasSubstr(cat("'", man_page_name(*command), ".1'")));
    for (const CommandGroup* group : list_documented_groups())
        EXPECT_THAT(build, HasSubstr(cat("'", man_page_name(*group), ".1'")));
}

TEST(Man, HasNoProseForCommandsThatDoNotExist)
{
    const UniqueFd directory = open_at(AT_FDCWD, SKIFF_SOURCE_ROOT "/man", O_RDONLY | O_DIRECTORY);
    for (const DirectoryEntry& entry : list_directory(directory.get())) {
        if (!entry.name.ends_with(".md") || entry.name == "skiff.md")
            continue;
        bool known = false;
        for (const Command* command : list_documented_commands())
            known = known || entry.name == cat(man_page_name(*command), ".md");
        for (const CommandGroup* group : list_documented_groups())
            known = known || entry.name == cat(man_page_name(*group), ".md");
        EXPECT_TRUE(known) << entry.name;
    }
}

} // namespace
} // namespace skiff::cli
