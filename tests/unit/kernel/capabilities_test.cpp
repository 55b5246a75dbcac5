#include "kernel/capabilities.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace skiff::kernel {
namespace {

TEST(Capabilities, HaveNamesAndNumbers)
{
    EXPECT_EQ(find_capability("CAP_CHOWN"), unsigned{CAP_CHOWN});
    EXPECT_EQ(find_capability("CAP_CHECKPOINT_RESTORE"), unsigned{CAP_CHECKPOINT_RESTORE});
    EXPECT_EQ(find_capability("CAP_NOPE"), std::nullopt);
    EXPECT_EQ(find_capability_name(CAP_SYS_ADMIN), "CAP_SYS_ADMIN");
    EXPECT_EQ(find_capability_name(63), std::nullopt);
}

TEST(Capabilities, FormSets)
{
    const std::vector<std::string> names{"CAP_CHOWN", "CAP_KILL"};

    const CapabilitySet set = make_capability_set(names);

    EXPECT_EQ(set, (CapabilitySet{1} << CAP_CHOWN) | (CapabilitySet{1} << CAP_KILL));
    EXPECT_EQ(capability_names(set), names);
    EXPECT_EQ(known_capabilities() & set, set);
    EXPECT_THROW(make_capability_set({"CAP_NOPE"}), Error);
}

} // namespace
} // namespace skiff::kernel
