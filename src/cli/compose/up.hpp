#pragma once

#include "cli/compose/session.hpp"
#include "frontends/compose/plan.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// What up, create, run and scale want of images.
struct ImageWishes
{
    std::optional<bool> build; ///< --build, --no-build
    std::string pull;          ///< --pull
    bool quiet = false, quiet_build = false;
};

/// Pulls and builds what the services need, side by side. False when one failed.
bool obtain_images(ComposeSession& session, const std::vector<std::string>& services, bool with_dependencies, const ImageWishes& wishes);

/// Looks at what there is and says what would change.
compose::Plan plan_up(ComposeSession& session, const compose::PlanOptions& options);

/// What a command that was killed between the steps of making a container anew has left gets its name, or goes. With the
/// project's lock held. False when something failed.
bool finish_recreations(ComposeSession& session);

/// Carries a plan out. False when something failed; that is on standard error then.
bool carry_out(ComposeSession& session, const compose::Plan& plan, std::optional<std::uint32_t> timeout_s);

/// Starts containers that exist, in the order of their dependencies and when conditions hold.
bool start_containers(ComposeSession& session, const std::vector<compose::Existing>& containers);

/// Waits until the services' containers run or are healthy, as --wait says. Throws when one cannot.
void wait_until_ready(ComposeSession& session, const std::vector<std::string>& services, std::optional<std::chrono::seconds> limit);

/// Asks whether all conditions hold, and shows what is waited for. An optional one that never will is no more than a warning.
std::function<Job::Gate()> make_gate(ComposeSession& session, std::vector<compose::Action::Wait> waits);

} // namespace skiff::cli
