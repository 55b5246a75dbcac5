// ADD starts this program again as the worker that unpacks.

#include "base/role.hpp"
#include "build/add_archive.hpp"

#include <gtest/gtest.h>

int main(int argc, char** argv)
{
    if (const auto role = skiff::find_role(argc, argv))
        return role->role == "add" ? skiff::build::run_add_worker(role->json) : 125;
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
