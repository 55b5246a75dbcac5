#include "build/step.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

/// Works through a file of one stage.
struct Worked
{
    StageState state;
    std::vector<Step> steps;
    std::vector<std::string> not_consumed;
};

Worked work(const std::string& text, Values given = {}, StageState start = {})
{
    const NamedText texts[] = {{"f", text}};
    const Containerfile file = parse_containerfile(texts);
    const oci::Platform host{"linux", "amd64", "", "", {}};
    GlobalArgs args{{std::move(given), platform_args(host, host), {}}, file};
    Worked worked{std::move(start), {}, {}};
    for (const Instruction& instruction : file.stages.at(0).instructions)
        worked.steps.push_back(make_step(instruction, worked.state, args, file.directives.escape));
    worked.not_consumed = args.not_consumed();
    return worked;
}

template <typename Action>
Action last(const Worked& worked)
{
    return std::get<Action>(worked.steps.back().action);
}

std::string failure(const std::string& text)
{
    try {
        work(text);
        return "no error";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(Step, EnvSeesTheValuesFromBefore)
{
    const Worked worked = work("FROM x\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc abc=\"last one\"");

    EXPECT_THAT(worked.state.image.config.env, ElementsAre("abc=last one", "def=hello", "ghi=bye"));
    EXPECT_EQ(worked.steps[2].created_by, "/bin/sh -c #(nop) ENV ghi=bye abc='last one'");
}

TEST(Step, ArgsComeFromTheCallerThenTheStageThenTheTop)
{
    const std::string text = "ARG a=top\nARG b=top\nARG c=$a\nFROM x\nARG a\nARG b=stage\nARG c\nARG d\nARG e=def$b\nRUN y";

    EXPECT_THAT(last<RunStep>(work(text)).args, ElementsAre(Pair("a", "top"), Pair("b", "stage"), Pair("c", "top"), Pair("e", "defstage")));
    EXPECT_THAT(last<RunStep>(work(text, {{"a", "given"}, {"b", "given"}, {"d", "given"}, {"zz", "1"}})).args,
                ElementsAre(Pair("a", "given"), Pair("b", "given"), Pair("c", "given"), Pair("d", "given"), Pair("e", "defgiven")));
    EXPECT_THAT(work(text, {{"zz", "1"}, {"a", ""}, {"HTTP_PROXY", "p"}}).not_consumed, ElementsAre("zz"));
}

TEST(Step, ArgsOfTheTopAreNotSeenWithoutTheirLine)
{
    EXPECT_THAT(work("ARG a=1\nFROM x\nENV b=[$a]").state.image.config.env, ElementsAre("b=[]"));
    EXPECT_THAT(work("FROM x\nENV b=[$TARGETARCH]\nARG TARGETARCH\nENV c=$TARGETARCH").state.image.config.env, ElementsAre("b=[]", "c=amd64"));
}

TEST(Step, EnvHidesArg)
{
    const Worked worked = work("FROM x\nENV a=env\nARG a=arg\nENV b=$a\nRUN y", {{"a", "given"}});

    EXPECT_THAT(worked.state.image.config.env, ElementsAre("a=env", "b=env"));
    EXPECT_THAT(last<RunStep>(worked).args, IsEmpty());
}

TEST(Step, RunIsALineForTheShellOrACommand)
{
    EXPECT_THAT(last<RunStep>(work("FROM x\nRUN echo $HOME")).argv, ElementsAre("/bin/sh", "-c", "echo $HOME"));
    EXPECT_THAT(last<RunStep>(work("FROM x\nSHELL [\"/bin/bash\", \"-ec\"]\nRUN a")).argv, ElementsAre("/bin/bash", "-ec", "a"));
    EXPECT_THAT(last<RunStep>(work("FROM x\nRUN [\"a\", \"$b\"]")).argv, ElementsAre("a", "$b"));
    EXPECT_THAT(last<RunStep>(work("FROM x\nRUN <<-EOF\n\ta\n\tb $c\n\tEOF")).argv, ElementsAre("/bin/sh", "-c", "a\nb $c\n"));
    EXPECT_THAT(last<RunStep>(work("FROM x\nRUN cat <<EOF > /y\nz\nEOF")).argv, ElementsAre("/bin/sh", "-c", "cat <<EOF > /y\nz\nEOF"));
    EXPECT_EQ(last<RunStep>(work("FROM x\nRUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF")).script, "#!/usr/bin/python3\nprint(1)\n");
    EXPECT_EQ(work("FROM x\nARG a=1\nRUN b c").steps[1].created_by, "|1 a=1 /bin/sh -c b c");
}

TEST(Step, RunMountsFillInVariablesAndStandBelowTheWorkingDirectory)
{
    const RunStep run = last<RunStep>(work("FROM x\nARG id=npm\nWORKDIR /app\nRUN --mount=type=cache,id=$id,target=node_modules --mount=type=cache,target=/c/ y"));

    ASSERT_EQ(run.mounts.size(), 2U);
    EXPECT_EQ(run.mounts[0].target, "/app/node_modules");
    EXPECT_EQ(run.mounts[0].id, "npm");
    EXPECT_EQ(run.mounts[1].id, "/c");
    EXPECT_EQ(run.working_dir, "/app");
}

TEST(Step, CopyKnowsItsDestination)
{
    EXPECT_EQ(last<CopyStep>(work("FROM x\nWORKDIR /app\nCOPY a .")).destination, "/app/");
    EXPECT_EQ(last<CopyStep>(work("FROM x\nWORKDIR /app\nCOPY a b")).destination, "/app/b");
    EXPECT_EQ(last<CopyStep>(work("FROM x\nCOPY a /")).destination, "/");
    EXPECT_EQ(last<CopyStep>(work("FROM x\nENV d=/x/../y\nCOPY a ${d}/")).destination, "/y/");
    EXPECT_THAT(last<CopyStep>(work("FROM x\nARG n='a b'\nCOPY \"$n\" c/")).sources, ElementsAre("a b"));
    EXPECT_THAT(last<CopyStep>(work("FROM x\nARG n=1\nCOPY [\"it's $n\", \"/c\"]")).sources, ElementsAre("it's 1"));
    const CopyStep inline_file = last<CopyStep>(work("FROM x\nARG n=1\nCOPY <<a <<'b' /d/\n$n\na\n$n\nb\n"));
    EXPECT_EQ(inline_file.inline_files.at(0).content, "1\n");
    EXPECT_EQ(inline_file.inline_files.at(1).content, "$n\n");
    EXPECT_EQ(failure("FROM x\nCOPY a b c"), "f:2: COPY: when using COPY with more than one source file, the destination must be a directory and end with a /");
}

TEST(Step, AddressesAreForAddAlone)
{
    EXPECT_EQ(failure("FROM x\nCOPY https://host/a /b"), "f:2: COPY: source can't be a URL for COPY");
    EXPECT_EQ(failure("FROM x\nCOPY https://host/a.git /b"), "f:2: COPY: source can't be a git ref for COPY");
    EXPECT_EQ(failure("FROM x\nADD --checksum=sha256:00 https://host/a https://host/b /c/"), "f:2: ADD: checksum can't be specified for multiple sources");
    EXPECT_EQ(failure("FROM x\nADD --checksum=sha256:00 a /c/"), "f:2: ADD: checksum can't be specified for sources that are not http(s) or git addresses");
    EXPECT_EQ(last<CopyStep>(work("FROM x\nARG v=1\nADD --checksum=sha256:$v https://host/a-$v.tgz /c/")).checksum, "sha256:1");
}

TEST(Step, EntrypointClearsAnInheritedCmdOnly)
{
    StageState base;
    base.image.config.cmd = {"from-base"};

    EXPECT_THAT(work("FROM x\nENTRYPOINT [\"e\"]", {}, base).state.image.config.cmd, IsEmpty());
    EXPECT_THAT(work("FROM x\nCMD [\"c\"]\nENTRYPOINT [\"e\"]", {}, base).state.image.config.cmd, ElementsAre("c"));
    EXPECT_THAT(work("FROM x\nCMD c").state.image.config.cmd, ElementsAre("/bin/sh", "-c", "c"));
}

TEST(Step, PortsVolumesAndTheRest)
{
    const oci::ExecutionConfig config = work("FROM x\nARG p='90 80/UDP'\nEXPOSE 80 8000-8001 $p 1.2.3.4:1:443\nWORKDIR /w\nWORKDIR sub/\nVOLUME /b a\nVOLUME [\"/c d\"]\n"
                                             "USER me:us\nSTOPSIGNAL SIGQUIT\nLABEL a=\"x y\" b=2\nMAINTAINER Me\nONBUILD RUN a\nHEALTHCHECK NONE")
                                            .state.image.config;

    EXPECT_THAT(config.exposed_ports, testing::UnorderedElementsAre("80/tcp", "8000/tcp", "8001/tcp", "90/tcp", "80/udp", "443/tcp"));
    EXPECT_THAT(config.volumes, ElementsAre("/b", "/c d", "/w/sub/a"));
    EXPECT_EQ(config.working_dir, "/w/sub");
    EXPECT_EQ(config.user, "me:us");
    EXPECT_EQ(config.stop_signal, "SIGQUIT");
    EXPECT_EQ(config.labels.at("a"), "x y");
    EXPECT_THAT(config.on_build, ElementsAre("RUN a"));
    EXPECT_EQ(failure("FROM x\nEXPOSE 99999"), "f:2: EXPOSE: invalid containerPort: 99999");
    EXPECT_EQ(failure("FROM x\nEXPOSE 80/icmp"), "f:2: EXPOSE: invalid proto: icmp");
    EXPECT_EQ(failure("FROM x\nSTOPSIGNAL NOPE").substr(0, 16), "f:2: STOPSIGNAL:");
    EXPECT_EQ(failure("FROM x\nENV a=\"${b:?must be set}\""), "f:2: ENV: b: must be set");
}

TEST(Step, TriggersAreInstructions)
{
    oci::ExecutionConfig config;
    config.on_build = {"COPY . /src", "RUN <<EOF\nmake\nEOF"};

    const std::vector<Instruction> instructions = on_build_instructions(config, {"f", 1, 1});

    ASSERT_EQ(instructions.size(), 2U);
    EXPECT_EQ(instructions[1].keyword, "RUN");
    EXPECT_EQ(std::get<RunInstruction>(instructions[1].body).heredocs.at(0).body, "make\n");
}

} // namespace
