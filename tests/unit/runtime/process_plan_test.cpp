#include "runtime/process_plan.hpp"

#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::runtime {
namespace {

using ::testing::HasSubstr;

std::string explanation(Step step, int error)
{
    oci::SpecProcess process;
    process.args = {"/bin/ping"};
    const auto found = find_explanation({Word::Failed, step, 0, error}, process, {});
    return found ? found->message() : "";
}

TEST(ProcessPlan, TellsPermissionsFromPrivileges)
{
    EXPECT_THAT(explanation(Step::Exec, EACCES), HasSubstr("\"/bin/ping\": open executable: Permission denied"));
    EXPECT_THAT(explanation(Step::Exec, EPERM), HasSubstr("\"/bin/ping\": open executable: Operation not permitted"));
}

} // namespace
} // namespace skiff::runtime
