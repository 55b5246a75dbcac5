#include "base/role.hpp"
#include "net/hub_role.hpp"
#include "net/net_role.hpp"

#include <gtest/gtest.h>

/// Roles are this same program started again: so the program of tests is one, too.
int main(int argc, char** argv)
{
    if (const auto role = skiff::find_role(argc, argv))
        return role->role == "network" ? skiff::net::run_hub_role(role->json) : skiff::net::run_net_role(role->json);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
