#include "base/error.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace skiff {
namespace {

TEST(Error, SaysWhatWasDoneAndTheKernelsWordInLowerCase)
{
    const Error error{EACCES, cat("opening ", quoted("data"))};

    EXPECT_EQ(error.message(), "opening 'data': permission denied");
    EXPECT_EQ(error.errno_value(), EACCES);
}

TEST(Error, CollectsContextOnItsWayUpAndKeepsTheInnermostHint)
{
    try {
        while_doing("starting 'web'", [] {
            while_doing("mounting", [] { throw Error{ENOENT, "opening 'x'"}.with_hint("inner"); });
        });
        FAIL() << "nothing was thrown";
    } catch (Error& error) {
        error.add_hint("outer");
        EXPECT_EQ(error.message(), "starting 'web': mounting: opening 'x': no such file or directory");
        EXPECT_EQ(error.hint(), "inner");
    }
}

TEST(Error, KindDecidesTheExitCode)
{
    EXPECT_EQ(exit_code(ErrorKind::Usage), 125);
    EXPECT_EQ(exit_code(ErrorKind::NotExecutable), 126);
    EXPECT_EQ(exit_code(ErrorKind::CommandNotFound), 127);
}

TEST(Printable, EscapesWhatWouldMoveATerminal)
{
    EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1b[31mb");
    EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(printable("\xff"), "\\xff");
    EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae"); // right-to-left override
    EXPECT_EQ(printable("a\nb"), "a\\x0ab");
    EXPECT_EQ(printable("a\nb", true), "a\nb");
}

} // namespace
} // namespace skiff
