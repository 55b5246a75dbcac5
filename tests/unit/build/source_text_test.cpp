#include "build/source_text.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;
using testing::ElementsAre;

namespace {

SourceText read(std::string_view text) { return read_source_text(text, "Containerfile"); }

std::string failure(std::string_view text)
{
    try {
        read(text);
        return "no error";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(SourceText, JoinsContinuedLines)
{
    const SourceText source = read("RUN a \\\n  && b \\  \n\n# a comment in the middle\n   && c\nCMD d\n");

    ASSERT_EQ(source.instructions.size(), 2U);
    EXPECT_EQ(source.instructions[0].keyword, "RUN");
    EXPECT_EQ(source.instructions[0].text, "a   && b    && c");
    EXPECT_EQ(source.instructions[0].place, (Place{"Containerfile", 1, 5}));
    EXPECT_THAT(source.instructions[0].empty_continuations, ElementsAre(3));
    EXPECT_EQ(source.instructions[1].place.line, 6);
}

TEST(SourceText, ReadsOddButValidText)
{
    EXPECT_EQ(read("\xef\xbb\xbf" "FROM x\r\nRUN y\r\n").instructions[1].text, "y");
    EXPECT_EQ(read("#!/usr/bin/env x\n# escape=`\nFROM x").directives.escape, '`');
    EXPECT_EQ(read("   FROM x").instructions[0].keyword, "FROM");
    EXPECT_EQ(read("RUN a\\\\\nCMD b").instructions.size(), 2U);
    EXPECT_EQ(read("RUN a \\").instructions[0].text, "a");
    EXPECT_EQ(read("RUN a\\\n\\\nb").instructions[0].text, "ab");
    EXPECT_TRUE(read("# only this\n\n").instructions.empty());
}

TEST(SourceText, ReadsDirectivesOnlyAtTheTop)
{
    const SourceText source = read("# Syntax = docker/dockerfile:1\n# check=skip=A,B;error=true\n# escape=`\n# plain\n# escape=\\\nFROM x `\n y");

    EXPECT_EQ(source.directives.syntax, "docker/dockerfile:1");
    EXPECT_EQ(source.directives.escape, '`');
    EXPECT_THAT(source.directives.check.skipped, ElementsAre("A", "B"));
    EXPECT_TRUE(source.directives.check.findings_are_errors);
    EXPECT_EQ(source.instructions[0].text, "x  y");
    EXPECT_EQ(failure("# escape=`\n# escape=`\nFROM x"), "Containerfile:2: only one escape parser directive can be used");
    EXPECT_EQ(failure("# escape=x\nFROM x"), "Containerfile:1: invalid escape token 'x' does not match ` or \\");
}

TEST(SourceText, ReadsHeredocs)
{
    const SourceText source = read("RUN <<EOF\n# not a comment\nx \\\nEOF\nCOPY <<-'A' 3<<\"B\" /dest/\n\tone\n\tA\ntwo $x\nB\nRUN echo $((1<<2)) <<<word\n");

    ASSERT_EQ(source.instructions.size(), 3U);
    EXPECT_EQ(source.instructions[0].heredocs[0].body, "# not a comment\nx \\\n");
    EXPECT_EQ(source.instructions[0].place.last_line, 4);
    const auto& copied = source.instructions[1].heredocs;
    ASSERT_EQ(copied.size(), 2U);
    EXPECT_EQ(copied[0].content(), "one\n");
    EXPECT_FALSE(copied[0].expands);
    EXPECT_EQ(copied[1].body, "two $x\n");
    EXPECT_TRUE(source.instructions[2].heredocs.empty());
    EXPECT_EQ(failure("FROM x\nRUN <<EOF\nx\n"), "Containerfile:2: unterminated heredoc");
    EXPECT_EQ(read("RUN cat <<EOF>/file\nx\nEOF\n").instructions[0].heredocs[0].name, "EOF");
    EXPECT_EQ(read("ONBUILD RUN <<EOF\nx\nEOF\n").instructions[0].heredocs[0].body, "x\n");
}

TEST(SourceText, RemembersTheLineAbove)
{
    const SourceText source = read("FROM x\n# check=skip=all\nRUN y\n# base is for everything\nFROM z AS base\n");

    EXPECT_TRUE(source.instructions[1].check.skips_all);
    EXPECT_EQ(source.instructions[2].comment, "base is for everything");
}

TEST(SourceText, RefusesWhatIsNoText)
{
    EXPECT_EQ(failure("FROM \xff"), "Containerfile is not text in UTF-8");
    EXPECT_EQ(failure(std::string_view{"FROM x\0", 7}), "Containerfile is not text in UTF-8");
    EXPECT_EQ(failure(std::string(max_containerfile_bytes + 1, ' ')), "Containerfile is larger than 4 MiB");
}

} // namespace
