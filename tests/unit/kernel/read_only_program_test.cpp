#include "kernel/read_only_program.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "namespace_child.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace skiff::kernel {
namespace {

void expect_the_same_program_read_only(int program)
{
    struct stat own{};
    struct stat copy{};
    ASSERT_EQ(::stat("/proc/self/exe", &own), 0);
    ASSERT_EQ(::fstat(program, &copy), 0);
    EXPECT_EQ(own.st_size, copy.st_size);
    EXPECT_EQ(::access(proc_fd_path(program).c_str(), X_OK), 0);
    const int writable = ::open(proc_fd_path(program).c_str(), O_RDWR | O_CLOEXEC);
    if (writable >= 0) { // a sealed memory file opens, and refuses each write
        EXPECT_LT(::write(writable, "x", 1), 0);
        ::close(writable);
    }
}

TEST(ReadOnlyProgram, IsACloneThatNobodyCanWrite)
{
    if (!has_mount_api())
        GTEST_SKIP() << "the kernel has no mount API by descriptors";
    SKIFF_EXPECT_IN_NAMESPACES([] {
        const UniqueFd program = open_read_only_program();
        expect_the_same_program_read_only(program.get());
        EXPECT_LT(::open(proc_fd_path(program.get()).c_str(), O_WRONLY), 0);
        EXPECT_TRUE(errno == EROFS || errno == ETXTBSY || errno == EACCES) << errno_text(errno);
    });
}

TEST(ReadOnlyProgram, IsASealedCopyWhereMountsCannotBeCloned)
{
    ::setenv("SKIFF_NO_MOUNT_API", "1", 1);
    const auto outcome = test::run_in_child([] {
        const UniqueFd program = open_read_only_program();
        expect_the_same_program_read_only(program.get());
        EXPECT_NE(::fcntl(program.get(), F_GET_SEALS) & F_SEAL_WRITE, 0);
    });
    ::unsetenv("SKIFF_NO_MOUNT_API");
    EXPECT_TRUE(outcome.passed());
}

} // namespace
} // namespace skiff::kernel
