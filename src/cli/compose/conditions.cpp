// When a dependent may start, and when it never can.

#include "base/error.hpp"
#include "cli/compose/up.hpp"
#include "store/events.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace skiff::cli {
namespace {

using Gate = Job::Gate;
using State = Job::Gate::State;

std::string shortened(const std::string& output)
{
    constexpr std::size_t most = 300;
    std::string text = printable(output, true);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text.size() > most ? cat("...", text.substr(text.size() - most)) : text;
}

/// A container that has ended will not become healthy; one that its policy starts again may.
bool has_ended(const compose::Existing& one) { return one.status == ContainerStatus::Exited && !one.is_alive; }

/// How often containers have been restarted since somebody waits for them.
class RestartsSeen
{
  public:
    std::uint32_t count(const compose::Existing& one)
    {
        std::uint32_t& before = before_.emplace(one.id, one.restarts).first->second;
        before = std::min(before, one.restarts); // somebody has started it: they count anew
        return one.restarts - before;
    }

  private:
    std::map<std::string, std::uint32_t> before_; ///< by id
};

/// So often may a container end and begin again before that is taken for its way of life.
constexpr std::uint32_t patience = 5;

/// One whose policy gives up will end: that is waited for.
bool keeps_restarting(const compose::Existing& one, RestartsSeen& seen) { return seen.count(one) >= patience && !one.has_retries; }

Gate healthy(const compose::Existing& one, RestartsSeen& seen)
{
    if (has_ended(one))
        return {State::Blocked, cat("dependency failed to start: container ", one.name, " exited (", one.exit_code, ")"),
                one.health_output.empty() ? cat("see its output: skiff logs ", one.name) : cat("its last health check said: ", shortened(one.health_output))};
    if (!one.has_health_check)
        return {State::Blocked, cat("dependency failed to start: container ", one.name, " has no healthcheck configured"),
                "give the service a healthcheck:, or use condition: service_started"};
    if (one.health == "unhealthy")
        return {State::Blocked, cat("dependency failed to start: container ", one.name, " is unhealthy"),
                one.health_output.empty() ? "its health check printed nothing" : cat("its health check said: ", shortened(one.health_output))};
    if (one.health != "healthy" && keeps_restarting(one, seen))
        return {State::Blocked, cat("dependency failed to start: container ", one.name, " keeps exiting, it was restarted ", one.restarts, " times"),
                cat("see its output: skiff logs ", one.name)};
    return {one.health == "healthy" ? State::Open : State::Closed, {}, {}};
}

Gate completed(const compose::Existing& one, const std::string& service, RestartsSeen& seen)
{
    if (!has_ended(one) && keeps_restarting(one, seen))
        return {State::Blocked, cat("service \"", service, "\" never completes: it is restarted whenever it ends"),
                "a service that others wait for the end of needs no restart: policy"};
    if (!has_ended(one))
        return {State::Closed, {}, {}};
    if (one.exit_code != 0)
        return {State::Blocked, cat("service \"", service, "\" didn't complete successfully: exit ", one.exit_code),
                cat("see its output: skiff logs ", one.name)};
    return {};
}

/// Whether a condition of a service holds now.
Gate check_condition(ComposeSession& session, const std::string& service, compose::Condition condition, RestartsSeen& seen)
{
    Gate worst;
    bool any = false;
    for (const compose::Existing& one : session.containers()) {
        if (one.service != service || one.one_off)
            continue;
        any = true;
        const Gate gate = condition == compose::Condition::Healthy     ? healthy(one, seen)
                          : condition == compose::Condition::Completed ? completed(one, service, seen)
                                                                       : Gate{};
        if (gate.state == State::Blocked)
            return gate;
        if (gate.state == State::Closed)
            worst = gate;
    }
    if (!any)
        return {State::Blocked, cat("dependency failed to start: service ", service, " has no container"), {}};
    return worst;
}

void show_condition(ComposeSession& session, const compose::Action::Wait& wait, State state)
{
    for (const compose::Existing& one : session.containers_of({wait.service}, true)) {
        const std::string subject = cat("Container ", one.name);
        if (state == State::Closed)
            session.board().set(subject, "Waiting", Board::State::Working);
        else if (state == State::Open)
            session.board().set(subject, wait.condition == compose::Condition::Healthy ? "Healthy" : "Exited", Board::State::Done);
    }
}

} // namespace

std::function<Gate()> make_gate(ComposeSession& session, std::vector<compose::Action::Wait> waits)
{
    return [&session, waits = std::move(waits), told = std::map<std::string, State>{}, seen = RestartsSeen{}]() mutable {
        Gate worst;
        for (const compose::Action::Wait& wait : waits) {
            Gate gate = check_condition(session, wait.service, wait.condition, seen);
            if (const auto [before, first] = told.emplace(wait.service, gate.state); first || std::exchange(before->second, gate.state) != gate.state)
                show_condition(session, wait, gate.state);
            if (gate.state == State::Blocked && !wait.required) {
                session.board().set(cat("Service ", wait.service), "optional dependency failed", Board::State::Warning);
                continue;
            }
            if (gate.state > worst.state)
                worst = std::move(gate);
        }
        return worst;
    };
}

void wait_until_ready(ComposeSession& session, const std::vector<std::string>& services, std::optional<std::chrono::seconds> limit)
{
    // A service that others wait for the end of may end.
    const auto may_end = [&](const std::string& name) {
        return std::any_of(session.project().services.begin(), session.project().services.end(), [&](const compose::Service& other) {
            return std::any_of(other.depends_on.begin(), other.depends_on.end(), [&](const compose::Dependency& dependency) {
                return dependency.service == name && dependency.condition == compose::Condition::Completed;
            });
        });
    };
    const auto began = SteadyClock::now();
    std::vector<Job> jobs;
    for (const compose::Service* service : session.project().in_order(services, true))
        for (const compose::Existing& one : session.containers_of({service->name}, true)) {
            Job job;
            job.subject = cat("Container ", one.name);
            job.done = one.has_health_check ? "Healthy" : "Running";
            const std::string id = one.id;
            const bool ends = may_end(service->name);
            const std::string name = service->name;
            job.gate = [&session, id, ends, name, limit, began, seen = RestartsSeen{}]() mutable -> Gate {
                const auto now = compose::find_existing(session.engine(), id);
                if (!now)
                    return {State::Blocked, cat("service ", name, ": its container is gone"), {}};
                if (has_ended(*now))
                    return ends && now->exit_code == 0
                               ? Gate{}
                               : Gate{State::Blocked, cat("container ", now->name, " exited (", now->exit_code, ")"), cat("see its output: skiff logs ", now->name)};
                if (now->has_health_check) {
                    Gate gate = healthy(*now, seen);
                    if (gate.state == State::Blocked)
                        gate.reason = cat("container ", now->name, " is unhealthy");
                    if (gate.state != State::Closed)
                        return gate;
                } else if (now->is_running()) {
                    return {};
                }
                if (limit && SteadyClock::now() - began >= *limit)
                    return {State::Blocked, cat("timeout waiting for container ", now->name), {}};
                session.board().set(cat("Container ", now->name), "Waiting", Board::State::Working);
                return {State::Closed, {}, {}};
            };
            jobs.push_back(std::move(job));
        }
    if (!session.run_with_events(std::move(jobs)))
        throw Error{ErrorKind::Failure, "not all services became ready"};
}

} // namespace skiff::cli
