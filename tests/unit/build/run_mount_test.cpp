#include "build/run_mount.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;

namespace {

std::string failure(std::string_view text)
{
    try {
        parse_run_mount(text);
        return "no error";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(RunMount, ReadsEveryType)
{
    RunMount mount = parse_run_mount("target=/src");
    EXPECT_EQ(mount.type, RunMountType::Bind);
    EXPECT_TRUE(mount.read_only);

    mount = parse_run_mount("type=bind,from=builder,source=/out,dst=/in,rw");
    EXPECT_EQ(mount.from, "builder");
    EXPECT_EQ(mount.source, "/out");
    EXPECT_EQ(mount.target, "/in");
    EXPECT_FALSE(mount.read_only);

    mount = parse_run_mount("type=cache,target=/root/.cache,sharing=locked,uid=1000,gid=1001,mode=0700");
    EXPECT_EQ(mount.type, RunMountType::Cache);
    EXPECT_EQ(mount.id, "/root/.cache");
    EXPECT_EQ(mount.sharing, CacheSharing::Locked);
    EXPECT_EQ(mount.uid, 1000U);
    EXPECT_EQ(mount.gid, 1001U);
    EXPECT_EQ(mount.mode, 0700U);
    EXPECT_FALSE(mount.read_only);

    mount = parse_run_mount("type=tmpfs,target=/t,size=64m");
    EXPECT_EQ(mount.size, 64U << 20U);

    mount = parse_run_mount("type=secret,id=token");
    EXPECT_EQ(mount.target, "/run/secrets/token");
    mount = parse_run_mount("type=secret,target=/run/x/key,required");
    EXPECT_EQ(mount.id, "key");
    EXPECT_TRUE(mount.required);
    mount = parse_run_mount("type=secret,id=token,env=TOKEN");
    EXPECT_EQ(mount.env, "TOKEN");
    EXPECT_EQ(mount.target, "");

    mount = parse_run_mount("type=ssh");
    EXPECT_EQ(mount.id, "default");
}

TEST(RunMount, ReadsQuotedFieldsAndKeysInAnyCase)
{
    EXPECT_EQ(parse_run_mount("TYPE=bind,\"Target=/a,b\"").target, "/a,b");
    EXPECT_EQ(parse_run_mount("type=bind,target=/a,z,relabel=shared").target, "/a");
}

TEST(RunMount, RefusesWhatMakesNoSense)
{
    EXPECT_EQ(failure("type=bind"), "target is required for a mount of type bind");
    EXPECT_EQ(failure("type=nfs,target=/a"), "unsupported mount type 'nfs'");
    EXPECT_EQ(failure("type=bind,target=/a,mode=0700"), "unexpected key 'mode' for mount type 'bind'");
    EXPECT_EQ(failure("type=bind,target=/a,size=1"), "unexpected key 'size' for mount type 'bind'");
    EXPECT_EQ(failure("type=cache,target=/a,sharing=both"), "unsupported sharing value 'both'");
    EXPECT_EQ(failure("type=cache,target=/a,trget=1"), "unexpected key 'trget' in mount of type cache");
    EXPECT_EQ(failure("type=secret,id=a,source=b"), "a secret has an id or a source, not both");
    EXPECT_EQ(failure("type=secret"), "a secret needs an id or a target");
    EXPECT_EQ(failure("type=cache,target"), "invalid field 'target' must be a key=value pair");
    EXPECT_EQ(failure("type=cache,target=/a,mode=999"), "invalid value '999' for mode: not permission bits in octal");
    EXPECT_EQ(failure("type=cache,target=/a,ro=maybe"), "invalid value 'maybe' for ro: neither true nor false");
}

} // namespace
