#include "build/instruction.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

Instruction parse(std::string_view text)
{
    const SourceText source = read_source_text(text, "f");
    return parse_instruction(source.instructions.at(0), source.directives.escape);
}

template <typename Body>
Body body(std::string_view text)
{
    return std::get<Body>(parse(text).body);
}

std::pair<std::string, std::string> failure(std::string_view text)
{
    try {
        parse(text);
        return {"no error", ""};
    } catch (const Error& error) {
        return {error.message(), error.hint()};
    }
}

TEST(Instruction, From)
{
    const auto from = body<FromInstruction>("from --platform=$BUILDPLATFORM debian:12 As Builder");

    EXPECT_EQ(from.platform, "$BUILDPLATFORM");
    EXPECT_EQ(from.image, "debian:12");
    EXPECT_EQ(from.stage, "builder");
    EXPECT_EQ(failure("FROM debian # the base").first, "f:1: FROM requires either one or three arguments");
    EXPECT_THAT(failure("FROM debian # x").second, testing::StartsWith("a comment needs a line of its own"));
    EXPECT_EQ(failure("FROM a AS 1x").first, "f:1: invalid name for build stage: '1x', name can't start with a number or contain symbols");
    EXPECT_EQ(failure("FROM --plaform=x a").second, "did you mean --platform?");
}

TEST(Instruction, RunInShellAndExecForm)
{
    EXPECT_EQ(body<RunInstruction>("RUN echo \"a b\" && c").command.line, "echo \"a b\" && c");
    EXPECT_THAT(body<RunInstruction>(R"(RUN ["a", "b c"])").command.words, ElementsAre("a", "b c"));
    EXPECT_TRUE(body<RunInstruction>("RUN ['a', 'b']").command.is_shell);
    EXPECT_TRUE(body<RunInstruction>("RUN [ -f x ] && y").command.is_shell);
    EXPECT_EQ(failure("RUN [\"a\", 1]").first, "f:1: only string types are allowed in JSON arrays");
    EXPECT_EQ(failure("RUN").first, "f:1: RUN requires at least one argument");
}

TEST(Instruction, RunFlags)
{
    const auto run = body<RunInstruction>("RUN --mount=type=cache,target=/c --mount='type=tmpfs,target=/t' --network=none --security=insecure -- --x y");

    EXPECT_THAT(run.mounts, ElementsAre("type=cache,target=/c", "type=tmpfs,target=/t"));
    EXPECT_EQ(run.network, "none");
    EXPECT_TRUE(run.is_privileged);
    EXPECT_EQ(run.command.line, "--x y");
    EXPECT_EQ(failure("RUN --mout=x y").second, "did you mean --mount?");
    EXPECT_EQ(failure("RUN --network=bridge y").first, "f:1: invalid network mode 'bridge'");
    EXPECT_EQ(failure("RUN --network=none --network=none y").first, "f:1: duplicate flag specified: network");
}

TEST(Instruction, CopyAndAdd)
{
    const auto copy = body<CopyInstruction>("COPY --from=b --chown=1:2 --chmod=u=rwX --link --parents=false --exclude=*.o --exclude=x a \"b c\" /d/");
    EXPECT_FALSE(copy.is_add);
    EXPECT_EQ(copy.from, "b");
    EXPECT_EQ(copy.chown, "1:2");
    EXPECT_EQ(copy.chmod, "u=rwX");
    EXPECT_TRUE(copy.link);
    EXPECT_FALSE(copy.parents);
    EXPECT_THAT(copy.excludes, ElementsAre("*.o", "x"));
    EXPECT_THAT(copy.sources, ElementsAre("a", "\"b c\""));
    EXPECT_EQ(copy.destination, "/d/");

    EXPECT_THAT(body<CopyInstruction>(R"(COPY ["a b", "c", "/d"])").sources, ElementsAre("a b", "c"));
    EXPECT_EQ(body<CopyInstruction>("ADD --checksum=sha256:00 --unpack=false http://x /y").unpack, false);
    EXPECT_EQ(failure("COPY x").first,
              "f:1: COPY requires at least two arguments, but only one was provided. Destination could not be determined");
    EXPECT_EQ(failure("COPY --checksum=x a b").first, "f:1: unknown flag: --checksum");
    EXPECT_EQ(failure("COPY --link=maybe a b").first, "f:1: expecting boolean value for flag link, not: maybe");
    EXPECT_EQ(failure("COPY --from a b").first, "f:1: missing a value on flag: from");

    const auto heredoc = body<CopyInstruction>("COPY file <<EOF /d/\nx\nEOF\n");
    EXPECT_THAT(heredoc.sources, ElementsAre("file"));
    EXPECT_EQ(heredoc.heredocs.at(0).body, "x\n");
}

TEST(Instruction, EnvAndLabel)
{
    EXPECT_THAT(body<EnvInstruction>("ENV a=1 b=\"x y\" c=z\\ w").variables, ElementsAre(NamedValue{"a", "1"}, NamedValue{"b", "\"x y\""}, NamedValue{"c", "z\\ w"}));
    EXPECT_THAT(body<EnvInstruction>("ENV a the rest  of it").variables, ElementsAre(NamedValue{"a", "the rest  of it"}));
    EXPECT_TRUE(body<LabelInstruction>("LABEL a b").is_old_form);
    EXPECT_EQ(failure("ENV a").first, "f:1: ENV must have two arguments");
    EXPECT_EQ(failure("ENV a=1 b").first, "f:1: Syntax error - can't find = in \"b\". Must be of the form: name=value");
    EXPECT_EQ(failure("ENV =x").first, "f:1: ENV names can not be blank");
}

TEST(Instruction, Arg)
{
    const auto arg = body<ArgInstruction>("ARG a b=1 c=\"x y\"");
    ASSERT_EQ(arg.args.size(), 3U);
    EXPECT_EQ(arg.args[0].value, std::nullopt);
    EXPECT_EQ(arg.args[2].value, "\"x y\"");
    EXPECT_EQ(failure("ARG").first, "f:1: ARG requires at least one argument");
}

TEST(Instruction, CommandsThatEndInTheConfiguration)
{
    EXPECT_THAT(body<CmdInstruction>("CMD []").command.words, IsEmpty());
    EXPECT_FALSE(body<CmdInstruction>("CMD []").command.is_shell);
    EXPECT_EQ(body<CmdInstruction>("CMD x # c").command.line, "x # c");
    EXPECT_FALSE(body<EntrypointInstruction>("ENTRYPOINT \"\"").command.is_shell);
    EXPECT_THAT(body<ShellInstruction>(R"(SHELL ["/bin/bash", "-c"])").words, ElementsAre("/bin/bash", "-c"));
    EXPECT_EQ(failure("SHELL /bin/bash -c").first, "f:1: SHELL requires the arguments to be in JSON form");
    EXPECT_THAT(body<VolumeInstruction>("VOLUME /a /b").paths, ElementsAre("/a", "/b"));
    EXPECT_EQ(failure("VOLUME [\"\"]").first, "f:1: VOLUME specified can not be an empty string");
    EXPECT_THAT(failure("EXPOSE 80 # web").second, testing::StartsWith("a comment needs a line of its own"));
    EXPECT_THAT(failure("USER a # b").second, testing::StartsWith("a comment needs a line of its own"));
    EXPECT_EQ(body<WorkdirInstruction>("WORKDIR /a b").path, "/a b");
}

TEST(Instruction, HealthCheck)
{
    const auto health = body<HealthCheckInstruction>("HEALTHCHECK --interval=1m30s --timeout=3s --retries=5 CMD curl -f http://localhost/ || exit 1");
    EXPECT_EQ(health.check.interval, std::chrono::seconds{90});
    EXPECT_EQ(health.check.retries, 5);
    EXPECT_THAT(health.check.test, ElementsAre("CMD-SHELL", "curl -f http://localhost/ || exit 1"));
    EXPECT_THAT(body<HealthCheckInstruction>(R"(HEALTHCHECK CMD ["a", "b"])").check.test, ElementsAre("CMD", "a", "b"));
    EXPECT_THAT(body<HealthCheckInstruction>("HEALTHCHECK NONE").check.test, ElementsAre("NONE"));
    EXPECT_EQ(failure("HEALTHCHECK NONE x").first, "f:1: HEALTHCHECK NONE takes no arguments");
    EXPECT_EQ(failure("HEALTHCHECK curl").first, "f:1: unknown type 'CURL' in HEALTHCHECK (try CMD)");
    EXPECT_EQ(failure("HEALTHCHECK --interval=1us CMD x").first, "f:1: Interval 'interval' cannot be less than 1ms");
    EXPECT_EQ(failure("HEALTHCHECK --retries=-1 CMD x").first, "f:1: --retries cannot be negative or no number: '-1'");
}

TEST(Instruction, OnBuild)
{
    EXPECT_EQ(body<OnBuildInstruction>("ONBUILD COPY . /src").text, "COPY . /src");
    EXPECT_EQ(body<OnBuildInstruction>("ONBUILD RUN <<E\nx\nE\n").text, "RUN <<E\nx\nE");
    EXPECT_EQ(failure("ONBUILD ONBUILD RUN x").first, "f:1: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    EXPECT_EQ(failure("ONBUILD FROM x").first, "f:1: FROM isn't allowed as an ONBUILD trigger");
    EXPECT_EQ(failure("ONBUILD COPY x").first.substr(0, 4), "f:1:");
}

TEST(Instruction, UnknownOnesGetAHint)
{
    EXPECT_EQ(failure("RNU x").first, "f:1: unknown instruction: RNU");
    EXPECT_EQ(failure("RNU x").second, "did you mean RUN?");
    EXPECT_EQ(failure("&& apt-get x").second, "does the line above end without the '\\' that continues it?");
}

} // namespace
