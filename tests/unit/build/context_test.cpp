#include "build/context.hpp"

#include "archive/compression.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "build/remote_file.hpp"
#include "raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace skiff;
using namespace skiff::build;
using testing::HasSubstr;
using Kind = ContextAddress::Kind;

namespace {

std::string refusal(const std::function<void()>& work)
{
    try {
        work();
        return "fine";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(GitAddress, IsSeenInItsForm)
{
    struct Case
    {
        const char* text;
        GitAddress git;
    };
    const Case cases[] = {
        {"https://host/user/app.git", {"https://host/user/app.git", "", ""}},
        {"https://host/user/app.git#main", {"https://host/user/app.git", "main", ""}},
        {"https://host/user/app.git#v1.0:docker/web/", {"https://host/user/app.git", "v1.0", "docker/web"}},
        {"https://host/user/app.git#:a/../../b", {"https://host/user/app.git", "", "b"}},
        {"git://host/app#feature/x", {"git://host/app", "feature/x", ""}},
        {"ssh://git@host:22/app", {"ssh://git@host:22/app", "", ""}},
        {"git@github.com:user/app.git", {"git@github.com:user/app.git", "", ""}},
        {"github.com/user/app#main", {"https://github.com/user/app", "main", ""}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        const auto git = find_git_address(c.text);
        ASSERT_TRUE(git);
        EXPECT_EQ(git->repository, c.git.repository);
        EXPECT_EQ(git->ref, c.git.ref);
        EXPECT_EQ(git->subdir, c.git.subdir);
    }
    for (const char* text : {"", ".", "dir", "./app.git", "/srv/app.git", "http://host/file.tar", "https://host/app", "user@host", "a b@c:d", "-oProxy@host:x", "C:/x"})
        EXPECT_FALSE(find_git_address(text)) << text;
}

TEST(GitAddress, CannotSmuggleOptions)
{
    EXPECT_THAT(refusal([] { find_git_address("git://host/app#--upload-pack=/bin/sh"); }), HasSubstr("invalid git reference"));
    EXPECT_THAT(refusal([] { find_git_address("git://host/app#a b"); }), HasSubstr("invalid git reference"));
}

TEST(ContextAddress, KnowsTheKinds)
{
    EXPECT_EQ(parse_context("-").kind, Kind::Stream);
    EXPECT_EQ(parse_context(".").kind, Kind::Directory);
    EXPECT_EQ(parse_context("https://host/app.tar.gz").kind, Kind::Web);
    EXPECT_EQ(parse_context("https://host/app.git#main").kind, Kind::Git);
    EXPECT_EQ(parse_named_context("docker-image://debian:12").place, "debian:12");
    EXPECT_EQ(parse_named_context("docker-image://debian:12").kind, Kind::Image);
    EXPECT_EQ(parse_named_context("oci-layout:///srv/layout:v1").place, "/srv/layout:v1");
    EXPECT_EQ(parse_named_context("oci-layout:///srv/layout").kind, Kind::OciLayout);
    EXPECT_EQ(parse_named_context("../other").kind, Kind::Directory);
    EXPECT_THAT(refusal([] { parse_named_context("-"); }), HasSubstr("cannot be '-'"));
}

TEST(RemoteFile, IsCalledAsTheLastPartOfItsAddress)
{
    EXPECT_EQ(remote_file_name("https://host/a/b%20c.txt?x=/1#y"), "b c.txt");
    EXPECT_EQ(remote_file_name("https://host/a/"), "");
    EXPECT_EQ(remote_file_name("https://host"), "");
    EXPECT_EQ(remote_file_name("https://host/a/%2e%2e"), "");
    EXPECT_EQ(remote_file_name("https://host/..%2f..%2fetc"), "");
    EXPECT_EQ(remote_file_name("https://host/100%"), "100%");
}

class StreamContext : public testing::Test
{
  protected:
    StreamContext() : dir_{"/tmp", "skiff-context."} {}

    Context open(std::string_view content)
    {
        file_ = UniqueFd{::memfd_create("context", MFD_CLOEXEC)};
        write_all(file_.get(), content, "memory");
        ::lseek(file_.get(), 0, SEEK_SET);
        ContextRequest request;
        request.scratch = dir_.path();
        request.stream = file_.get();
        request.transport.temp_dir = "/tmp";
        return open_context(parse_context("-"), request);
    }

    TempDir dir_;
    UniqueFd file_;
};

std::string archive()
{
    return skiff::test::RawTar{}.file("./Containerfile", "FROM scratch\n").directory("sub").file("sub/x", "hello", "0000600").symlink("link", "/etc/passwd").finish();
}

TEST_F(StreamContext, IsAnArchiveByItsContent)
{
    archive::StringSink compressed;
    archive::ZstdSink zstd{compressed};
    zstd.write(archive());
    zstd.finish();
    for (const std::string& content : {archive(), compressed.text()}) {
        const Context context = open(content);

        EXPECT_FALSE(context.containerfile);
        EXPECT_EQ(read_file(context.root.get(), "Containerfile"), "FROM scratch\n");
        EXPECT_EQ(read_file(context.root.get(), "sub/x"), "hello");
        for (const DirectoryEntry& entry : list_directory(context.root.get()))
            remove_tree_at(context.root.get(), entry.name);
    }
}

TEST_F(StreamContext, OrAContainerfile)
{
    const Context context = open("FROM scratch\nCMD [\"/x\"]\n");

    EXPECT_EQ(context.containerfile, "FROM scratch\nCMD [\"/x\"]\n");
    EXPECT_TRUE(list_directory(context.root.get()).empty());
    EXPECT_EQ(open("").containerfile, "");
}

TEST_F(StreamContext, CannotWriteOutside)
{
    const std::string hostile = skiff::test::RawTar{}.symlink("out", "/tmp").file("out/skiff-was-here", "x").finish();

    EXPECT_NE(refusal([&] { open(hostile); }), "fine");
    EXPECT_FALSE(exists_at(AT_FDCWD, "/tmp/skiff-was-here"));
}

TEST(DirectoryContext, MustBeOne)
{
    EXPECT_THAT(refusal([] { open_context(parse_context("/etc/passwd"), {}); }), "context must be a directory: \"/etc/passwd\"");
    EXPECT_THAT(refusal([] { open_context(parse_context("/no/such"), {}); }), HasSubstr("no such file or directory"));
    EXPECT_TRUE(open_context(parse_context("/etc"), {}).is_local);
}

} // namespace
