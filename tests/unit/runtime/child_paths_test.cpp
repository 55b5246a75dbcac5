#include "runtime/child_paths.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gtest/gtest.h>
#include <string>

namespace skiff::runtime {
namespace {

/// Every test runs with the kernel's walk and with the one by hand.
class InRoot : public testing::TestWithParam<bool>
{
  protected:
    InRoot()
    {
        make_directories(cat(path(), "/dir/below"), 0755);
        save_atomically(AT_FDCWD, cat(path(), "/dir/file"), "x", Durability::None);
        root = open_at(AT_FDCWD, path(), O_PATH | O_DIRECTORY);
    }
    [[nodiscard]] std::string path() const { return cat(directory_.path(), "/root"); }
    void link(const char* target, const char* name) { ASSERT_EQ(::symlinkat(target, root.get(), name), 0); }

    /// Where it leads, below the root; or errno's words.
    std::string opened(const char* name) { return described(open_in_root(root.get(), name, GetParam())); }
    std::string made(const char* name, bool directory)
    {
        return described(open_or_make_in_root(root.get(), name, directory, GetParam()));
    }

    UniqueFd root;

  private:
    std::string described(int fd)
    {
        const UniqueFd owner{fd};
        if (!owner)
            return errno_text(errno);
        const std::string target = path_of_fd(owner.get());
        return target.starts_with(path()) ? target.substr(path().size()) : cat("OUTSIDE ", target);
    }
    TempDir directory_{"/tmp", "skiff-in-root-"};
};

TEST_P(InRoot, FindsWhatIsThere)
{
    EXPECT_EQ(opened("dir/file"), "/dir/file");
    EXPECT_EQ(opened("/dir//./below/"), "/dir/below");
    EXPECT_EQ(opened(""), "");
    EXPECT_EQ(opened("dir/none"), "no such file or directory");
    EXPECT_EQ(opened("dir/file/x"), "not a directory");
}

TEST_P(InRoot, FollowsLinksInside)
{
    link("/dir", "absolute");
    link("../../../../dir/file", "climbing");
    link("climbing", "twice");

    EXPECT_EQ(opened("absolute/file"), "/dir/file");
    EXPECT_EQ(opened("climbing"), "/dir/file");
    EXPECT_EQ(opened("twice"), "/dir/file");
    EXPECT_EQ(opened("../../etc/../dir"), GetParam() ? "no such file or directory" : "no such file or directory");
    EXPECT_EQ(opened("dir/below/../file"), "/dir/file");
}

TEST_P(InRoot, MakesWhatIsMissing)
{
    EXPECT_EQ(made("new/deep/directory", true), "/new/deep/directory");
    EXPECT_EQ(made("new/deep/file", false), "/new/deep/file");
    EXPECT_EQ(opened("new/deep/file"), "/new/deep/file");
}

TEST_P(InRoot, MakesTheTargetOfADanglingLink)
{
    link("../run/systemd/resolv.conf", "dir/resolv.conf");
    link("/var/lib", "outside");

    EXPECT_EQ(made("dir/resolv.conf", false), "/run/systemd/resolv.conf");
    EXPECT_EQ(made("outside/x", true), "/var/lib/x");
}

TEST_P(InRoot, EndsInLoops)
{
    link("b", "a");
    link("a", "b");

    EXPECT_EQ(opened("a"), "too many levels of symbolic links");
    EXPECT_EQ(made("a/x", true), "too many levels of symbolic links");
}

TEST_P(InRoot, RefusesTheWrongKind)
{
    EXPECT_EQ(made("dir/file", true), "not a directory");
    EXPECT_EQ(made("dir", false), "is a directory");
}

TEST_P(InRoot, DoesNotFollowMagicLinksOut)
{
    const UniqueFd outside = open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    link(cat("/proc/self/fd/", outside.get()).c_str(), "magic");

    EXPECT_EQ(opened("magic/etc").substr(0, 7), "no such");
}

TEST_P(InRoot, RefusesWhatIsTooLong)
{
    const std::string name(300, 'n');
    const std::string path(5000, 'p');

    EXPECT_NE(made(name.c_str(), true).substr(0, 1), "/");
    EXPECT_EQ(made(path.c_str(), true), "file name too long");
}

INSTANTIATE_TEST_SUITE_P(ByKernelAndByHand, InRoot, testing::Bool(),
                         [](const auto& run) { return run.param ? "Kernel" : "Hand"; });

TEST(FdPath, WritesDecimalNumbers)
{
    EXPECT_STREQ(FdPath{0}.text, "/proc/self/fd/0");
    EXPECT_STREQ(FdPath{1234567890}.text, "/proc/self/fd/1234567890");
}

} // namespace
} // namespace skiff::runtime
