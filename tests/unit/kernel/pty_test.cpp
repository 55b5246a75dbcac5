#include "kernel/pty.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

namespace skiff::kernel {
namespace {

TEST(Pty, HasTwoEndsAndASize)
{
    const UniqueFd devpts = open_at(AT_FDCWD, "/dev/pts", O_RDONLY | O_DIRECTORY);
    struct stat status
    {
    };
    if (::fstatat(devpts.get(), "ptmx", &status, 0) != 0 || (status.st_mode & 0666) != 0666)
        GTEST_SKIP() << "/dev/pts/ptmx of this machine cannot be opened by everybody";
    const Pty pty = open_pty(devpts.get());

    set_terminal_size(pty.master.get(), {24, 80});
    write_all(pty.master.get(), "hello\n", "pty");

    winsize size{};
    ASSERT_EQ(::ioctl(pty.slave.get(), TIOCGWINSZ, &size), 0);
    EXPECT_EQ(size.ws_col, 80);
    std::array<char, 16> buffer{};
    EXPECT_EQ(::read(pty.slave.get(), buffer.data(), buffer.size()), 6);
}

TEST(Pty, SizeOfSomethingElseIsAnError)
{
    const UniqueFd null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
    EXPECT_THROW(set_terminal_size(null.get(), {1, 1}), Error);
}

} // namespace
} // namespace skiff::kernel
