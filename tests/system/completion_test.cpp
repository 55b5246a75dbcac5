// The Tab key in real shells: the scripts that `completion` prints are loaded, and asked, or typed to, as a user would.

#include "tests/support/box.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

class Completion : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped())
            return;
        // In the shell, the program has its name: that is what the scripts are registered for.
        const std::string bin = make_directory("bin");
        ASSERT_EQ(::symlink(program().c_str(), (bin + "/skiff").c_str()), 0);
        for (std::string& variable : environment())
            if (variable.starts_with("PATH="))
                variable = "PATH=" + bin + ":" + variable.substr(5);
        ASSERT_THAT(skiff("create", "--name", "wharf", "hello"), Succeeds());
    }
    /// The script of `shell`, in a file.
    std::string script(const std::string& shell) { return write_file("completion." + shell, skiff("completion", shell).out); }
};

TEST_F(Completion, WorksInBash)
{
    const std::string file = script("bash");
    const auto tab = [&](const std::string& words) {
        return run({"/bin/bash", "--norc", "-c",
                    "source " + file + "; COMP_WORDS=(" + words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _skiff_complete 2>/dev/null; " +
                        "printf '%s\\n' \"${COMPREPLY[@]}\""});
    };

    EXPECT_THAT(tab("skiff container exis"), Prints("exists"));
    EXPECT_THAT(tab("skiff rm wh"), Prints("wharf"));
    EXPECT_THAT(tab("skiff run --cidf"), Prints("--cidfile"));
}

TEST_F(Completion, WorksInFish)
{
    if (::access("/usr/bin/fish", X_OK) != 0)
        GTEST_SKIP() << "this machine has no fish";
    const std::string file = script("fish");
    const auto tab = [&](const std::string& line) {
        return run({"/usr/bin/fish", "--no-config", "-c", "source " + file + "; complete -C '" + line + "'"}).out;
    };

    EXPECT_THAT(tab("skiff container exis"), StartsWith("exists\t"));
    EXPECT_THAT(tab("skiff rm wh"), StartsWith("wharf\t"));
    EXPECT_THAT(tab("skiff run --cidf"), StartsWith("--cidfile\t"));
    EXPECT_THAT(tab("skiff run --pull=al"), HasSubstr("--pull=always"));
    write_file("archive.tar", "");
    EXPECT_THAT(tab("skiff load -i " + path() + "/arch"), HasSubstr("/archive.tar"));
}

TEST_F(Completion, WorksInZsh)
{
    if (::access("/usr/bin/zsh", X_OK) != 0)
        GTEST_SKIP() << "this machine has no zsh";
    const std::string file = script("zsh");
    std::vector<std::string> variables = environment();
    variables.emplace_back("TERM=dumb");
    Running shell{Running::Start{{"/usr/bin/zsh", "-f", "-i"}, variables, path(), {}, true}};
    shell.write("PS1='> '; autoload -U compinit; compinit -u -D; source " + file + "; echo rea''dy\n");
    shell.read_until("ready");

    shell.write("skiff contai\t");
    shell.read_until("container ");
    shell.write("exis\twh\t; echo code:$?\n"); // an unfinished word would be an unknown command, or name

    shell.read_until("code:0");
    shell.write("skiff container exists nothing; echo code:$?\nexit\n");
    shell.read_until("code:1");
}

} // namespace
