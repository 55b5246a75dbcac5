#include "build/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;

namespace {

std::vector<std::string> names(const std::string& text, const std::string& ignore = {}, const std::vector<std::string>& env = {})
{
    const NamedText texts[] = {{"f", text}};
    const Containerfile file = parse_containerfile(texts);
    const BuildArgs args;
    const IgnoreRules rules = IgnoreRules::parse(ignore, ".containerignore");
    const LintInput input{file, args, rules, [&](const Stage&) { return env; }};
    std::vector<std::string> found;
    for (const Finding& finding : lint(input)) {
        EXPECT_FALSE(finding.message.empty());
        EXPECT_FALSE(finding.fix.empty());
        found.push_back(finding.rule + ":" + std::to_string(finding.place.line));
    }
    return found;
}

/// What a file of good habits looks like.
TEST(Lint, HasNothingToSayAboutAGoodFile)
{
    const std::string text = "ARG VERSION=12\nFROM debian:${VERSION} AS builder\nARG PREFIX=/usr\nWORKDIR /src\nCOPY package.json .\nRUN npm ci --prefix $PREFIX\nCOPY . .\n"
                             "FROM debian:12\nRUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*\nCOPY --from=builder /src /app\nUSER app\nEXPOSE 80\n"
                             "HEALTHCHECK CMD x\nENTRYPOINT [\"/app/x\"]\nCMD [\"serve\"]\n";

    EXPECT_THAT(names(text), testing::IsEmpty());
}

TEST(Lint, FindsWhatEachRuleIsAbout)
{
    struct Case
    {
        std::string_view rule; ///< with its line
        std::string text;
    };
    const Case cases[] = {
        {"ConsistentInstructionCasing:3", "FROM x:1\nRUN a\nrun b\n"},
        {"DuplicateStageName:2", "FROM x:1 AS a\nFROM y:1 AS a\n"},
        {"ExposeInvalidFormat:2", "FROM x:1\nEXPOSE 127.0.0.1:80:80\n"},
        {"ExposeProtoCasing:2", "FROM x:1\nEXPOSE 80/TCP\n"},
        {"FromAsCasing:1", "FROM x:1 as a\n"},
        {"FromPlatformFlagConstDisallowed:1", "FROM --platform=linux/arm64 x:1\n"},
        {"InvalidDefaultArgInFrom:2", "ARG T\nFROM x:$T\n"},
        {"InvalidDefinitionDescription:2", "# BASE is for all\nFROM x:1 AS base\n"},
        {"JSONArgsRecommended:2", "FROM x:1\nCMD serve --all\n"},
        {"LegacyKeyValueFormat:2", "FROM x:1\nENV a b\n"},
        {"LegacyKeyValueFormat:2", "FROM x:1\nLABEL a b\n"},
        {"MaintainerDeprecated:2", "FROM x:1\nMAINTAINER me\n"},
        {"MultipleInstructionsDisallowed:2", "FROM x:1\nCMD [\"a\"]\nCMD [\"b\"]\n"},
        {"NoEmptyContinuation:2", "FROM x:1\nRUN a \\\n\n b\n"},
        {"RedundantTargetPlatform:1", "FROM --platform=$TARGETPLATFORM x:1\n"},
        {"ReservedStageName:1", "FROM x:1 AS scratch\n"},
        {"SecretsUsedInArgOrEnv:2", "FROM x:1\nARG API_KEY\n"},
        {"SecretsUsedInArgOrEnv:2", "FROM x:1\nENV DB_PASSWORD=x\n"},
        {"StageNameCasing:1", "FROM x:1 AS Base\n"},
        {"UndefinedArgInFrom:2", "ARG A=1\nFROM x:1$B\n"},
        {"UndefinedVar:3", "FROM x:1\nENV NAME=1\nCOPY $NMAE /x\n"},
        {"WorkdirRelativePath:2", "FROM x:1\nWORKDIR app\n"},
        {"AddInsteadOfCopy:2", "FROM x:1\nADD file /x\n"},
        {"BaseImageWithoutVersion:1", "FROM debian\n"},
        {"BaseImageWithoutVersion:1", "FROM debian:latest\n"},
        {"CopyBeforeInstall:2", "FROM x:1\nCOPY . .\nRUN npm install\n"},
        {"CopyOfSecretFile:2", "FROM x:1\nCOPY .env /app/\n"},
        {"ManyRunInstructions:5", "FROM x:1\nRUN a\nRUN b\nRUN c\nRUN d\n"},
        {"MissingHealthCheck:1", "FROM x:1\nEXPOSE 80\n"},
        {"PackageCacheInLayer:2", "FROM x:1\nRUN apt-get update && apt-get install -y y\n"},
        {"PackageCacheInLayer:2", "FROM x:1\nRUN pip install y\n"},
        {"RunsAsRoot:1", "FROM x:1\nCMD [\"a\"]\n"},
        {"SeparatePackageUpdate:2", "FROM x:1\nRUN apt-get update\n"},
        {"SingleQuotedJSON:2", "FROM x:1\nENTRYPOINT ['a', 'b']\n"},
        {"SingleQuotedJSON:2", "FROM x:1\nCMD [\"sh\", \"-c\", 'x']\n"},
        {"SingleQuotedJSON:2", "FROM x:1\nCMD [\"a\", \"b\",]\n"},
        {"SudoInRun:2", "FROM x:1\nRUN sudo make\n"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_THAT(names(c.text), testing::Contains(c.rule));
    }
}

TEST(Lint, KnowsTheIgnoreFile)
{
    EXPECT_THAT(names("FROM x:1\nCOPY dist /x\n", "dist\n"), testing::Contains("CopyIgnoredFile:2"));
    EXPECT_THAT(names("FROM x:1\nCOPY dist /x\n", "*\n!dist\n"), testing::Not(testing::Contains("CopyIgnoredFile:2")));
    EXPECT_THAT(names("FROM x:1\nCOPY --from=y dist /x\n", "dist\n"), testing::Not(testing::Contains("CopyIgnoredFile:2")));
}

TEST(Lint, KnowsTheEnvironmentOfTheBase)
{
    EXPECT_THAT(names("FROM x:1\nENV P=$PATH:/y\n", "", {"PATH=/bin"}), testing::Not(testing::Contains("UndefinedVar:2")));
    EXPECT_THAT(names("FROM x:1\nENV P=$NOWHERE\n", "", {"PATH=/bin"}), testing::Contains("UndefinedVar:2"));
}

TEST(Lint, ListensToTheFile)
{
    EXPECT_THAT(names("# check=skip=StageNameCasing\nFROM x:1 AS Base\n"), testing::IsEmpty());
    EXPECT_THAT(names("# check=skip=all\nFROM x AS Base\nMAINTAINER me\n"), testing::IsEmpty());
    EXPECT_THAT(names("FROM x:1\n# check=skip=MaintainerDeprecated\nMAINTAINER me\n"), testing::IsEmpty());
}

} // namespace
