#include "engine/life.hpp"

#include "base/error.hpp"
#include "engine/start.hpp"
#include "monitor/container_event.hpp"
#include "store/events.hpp"

#include <algorithm>
#include <csignal>

namespace skiff::engine {
namespace {

/// The monitor of a running container; throws `not_running` when there is none (any more).
Channel require_monitor(Engine& engine, const std::string& id, const Error& not_running)
{
    if (auto channel = find_monitor(engine, id))
        return std::move(*channel);
    throw not_running;
}

/// Records that lie are settled first, so that a container whose monitor was killed is not "running" for any verb.
store::ContainerRecord load_truth(Engine& engine, const std::string& id) { return settle(engine, id); }

bool holds(WaitFor condition, const store::ContainerRecord& record)
{
    const std::string health = record.state ? record.state->health.status : "";
    switch (condition) {
    case WaitFor::Stopped:
        return !record.monitor_alive && !record.is_running() && record.status != ContainerStatus::Initialized &&
               record.status != ContainerStatus::Starting && record.status != ContainerStatus::Created;
    case WaitFor::Exited:
        return record.status == ContainerStatus::Exited;
    case WaitFor::Running:
        return record.status == ContainerStatus::Running;
    case WaitFor::Created:
    case WaitFor::Configured:
        return record.status == ContainerStatus::Created;
    case WaitFor::Initialized:
        return record.status == ContainerStatus::Initialized;
    case WaitFor::Paused:
        return record.status == ContainerStatus::Paused;
    case WaitFor::Stopping:
        return record.status == ContainerStatus::Stopping;
    case WaitFor::Removing:
        return record.status == ContainerStatus::Removing;
    case WaitFor::Healthy:
        return health == "healthy";
    case WaitFor::Unhealthy:
        return health == "unhealthy";
    }
    return false;
}

bool is_health(WaitFor condition) { return condition == WaitFor::Healthy || condition == WaitFor::Unhealthy; }
bool is_end(WaitFor condition) { return condition == WaitFor::Stopped || condition == WaitFor::Exited; }

} // namespace

StopOutcome stop_container(Engine& engine, const std::string& id, const StopOptions& options)
{
    const store::ContainerRecord record = load_truth(engine, id);
    if (!record.monitor_alive)
        return StopOutcome::WasDown;
    const auto channel = find_monitor(engine, id);
    if (!channel) { // on its way out
        wait_for_monitor_end(engine, id);
        return StopOutcome::Stopped;
    }
    monitor::StopRequest request;
    request.signal = options.signal;
    request.timeout_s = options.timeout_s.value_or(record.config.stop_timeout_s);
    request.no_timeout = options.wait_for_ever;
    const auto answer = find_answer(*channel, request);
    if (!answer)
        wait_for_monitor_end(engine, id);
    else if (const auto* done = std::get_if<monitor::Done>(&*answer); done != nullptr && done->killed)
        return StopOutcome::Killed;
    return StopOutcome::Stopped;
}

void kill_container(Engine& engine, const std::string& id, int signal)
{
    const store::ContainerRecord record = load_truth(engine, id);
    const Error not_running{ErrorKind::State, cat("can only kill running containers. ", id, " is in state ", to_string(record.status),
                                                  ": container state improper")};
    if (!record.is_running())
        throw not_running;
    ask_monitor(require_monitor(engine, id, not_running), monitor::KillRequest{signal});
    // Nothing survives it but what is frozen, and who says `kill` and `rm` means the two in this order.
    if (signal == SIGKILL && record.status != ContainerStatus::Paused)
        wait_for_monitor_end(engine, id);
}

void pause_container(Engine& engine, const std::string& id)
{
    const store::ContainerRecord record = load_truth(engine, id);
    const Error not_running{ErrorKind::State,
                            cat("\"", to_string(record.status), "\" is not running, can't pause: container state improper")};
    ask_monitor(require_monitor(engine, id, not_running), monitor::PauseRequest{true});
}

void unpause_container(Engine& engine, const std::string& id)
{
    load_truth(engine, id);
    const Error not_paused{ErrorKind::State, cat("\"", id, "\" is not paused, can't unpause: container state improper")};
    ask_monitor(require_monitor(engine, id, not_paused), monitor::PauseRequest{false});
}

StopOutcome restart_container(Engine& engine, const std::string& id, const StopOptions& options)
{
    const store::ContainerRecord record = load_truth(engine, id);
    if (const auto channel = find_monitor(engine, id); channel && record.monitor_alive) {
        const auto answer =
            ask_monitor(*channel, monitor::RestartRequest{options.signal, options.timeout_s.value_or(record.config.stop_timeout_s)});
        const auto* started = std::get_if<monitor::Started>(&answer);
        return started != nullptr && started->killed ? StopOutcome::Killed : StopOutcome::Stopped;
    }
    start_container(engine, id, {});
    return StopOutcome::WasDown;
}

void rename_container(Engine& engine, const std::string& id, const std::string& new_name)
{
    {
        const FileLock lock = engine.store().containers().lock(id);
        if (engine.store().containers().load_config(id).name == new_name)
            return;
        engine.store().containers().rename(id, new_name);
    }
    if (const auto channel = find_monitor(engine, id))
        ask_monitor(*channel, monitor::ReloadRequest{});
    engine.store().events().try_add(monitor::make_container_event(engine.store().containers().load_config(id), "rename"));
}

std::optional<WaitFor> find_wait_condition(const std::string& word)
{
    constexpr std::pair<const char*, WaitFor> words[] = {
        {"stopped", WaitFor::Stopped},         {"running", WaitFor::Running},   {"created", WaitFor::Created},
        {"initialized", WaitFor::Initialized}, {"paused", WaitFor::Paused},     {"stopping", WaitFor::Stopping},
        {"exited", WaitFor::Exited},           {"removing", WaitFor::Removing}, {"configured", WaitFor::Configured},
        {"healthy", WaitFor::Healthy},         {"unhealthy", WaitFor::Unhealthy}};
    for (const auto& [name, condition] : words)
        if (word == name)
            return condition;
    return std::nullopt;
}

namespace {

/// One container that is waited for.
struct Awaited
{
    std::string id;
    std::optional<Channel> monitor; ///< will say Exited; with --rm nothing else is left to tell the code
    std::optional<int> answer;
};

/// The monitor tells of the end as its last act, behind the removal; who asked too late gets no answer. -1: nobody knows.
int exit_code_of_removed(Engine& engine, const Awaited& awaited)
{
    if (awaited.monitor)
        while (const auto message = awaited.monitor->receive())
            if (const auto answer = monitor::decode_answer(message->data); std::holds_alternative<monitor::Exited>(answer))
                return std::get<monitor::Exited>(answer).code;
    return store::find_exit_code(engine.store().root(), awaited.id).value_or(-1);
}

std::optional<int> find_answer(Engine& engine, Awaited& awaited, const std::vector<WaitFor>& conditions)
{
    const bool for_end = std::any_of(conditions.begin(), conditions.end(), is_end);
    if (awaited.monitor && for_end) {
        bool ended = false;
        if (const auto message = awaited.monitor->try_receive(ended))
            if (const auto answer = monitor::decode_answer(message->data); std::holds_alternative<monitor::Exited>(answer))
                return std::get<monitor::Exited>(answer).code;
        if (ended)
            awaited.monitor.reset();
    }
    store::ContainerRecord record;
    try {
        record = settle(engine, awaited.id);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound || !for_end)
            throw;
        return exit_code_of_removed(engine, awaited);
    }
    for (const WaitFor condition : conditions)
        if (holds(condition, record))
            return is_end(condition) ? (record.exit ? record.exit->code : 0) : -1;
    return std::nullopt;
}

/// Why a container will never be healthy or unhealthy.
std::optional<Error> find_hindrance(Engine& engine, const std::string& id)
{
    const store::ContainerRecord record = engine.store().containers().load(id);
    if (!record.config.health.exists())
        return Error{ErrorKind::State, cat("container ", record.config.name, " has no healthcheck: it will never be healthy or unhealthy")}.with_hint(
            "--health-cmd of run and create, or `skiff update`, give it one");
    if (record.status == ContainerStatus::Exited && !record.monitor_alive)
        return Error{ErrorKind::State, cat("container ", record.config.name, " does not run: its health will not change")};
    return std::nullopt;
}

/// Nobody waits for ever for what cannot be; where one is enough, none of them must be able to.
void require_health_to_come(Engine& engine, const std::vector<Awaited>& all, bool first_match)
{
    std::optional<Error> hindrance;
    for (const Awaited& awaited : all) {
        if (awaited.answer)
            continue;
        auto found = find_hindrance(engine, awaited.id);
        if (!found && first_match)
            return;
        if (found && !hindrance)
            hindrance = std::move(found);
    }
    if (hindrance)
        throw Error{std::move(*hindrance)};
}

} // namespace

std::vector<int> wait_for_containers(Engine& engine, const std::vector<std::string>& ids, const std::vector<WaitFor>& conditions,
                                     bool first_match)
{
    std::optional<store::EventWatch> events;
    std::vector<Awaited> all;
    for (const std::string& id : ids) {
        all.push_back({id, find_monitor(engine, id), std::nullopt});
        if (all.back().monitor && !all.back().monitor->send(monitor::encode(monitor::Request{monitor::WaitRequest{}})))
            all.back().monitor.reset();
    }
    for (;;) {
        bool complete = true;
        for (Awaited& awaited : all) {
            if (!awaited.answer)
                awaited.answer = find_answer(engine, awaited, conditions);
            if (awaited.answer && first_match)
                return {*awaited.answer};
            complete = complete && awaited.answer;
        }
        if (complete)
            break;
        if (std::all_of(conditions.begin(), conditions.end(), is_health))
            require_health_to_come(engine, all, first_match);
        // Every change is an event. The limit is for the one that nobody records: a monitor that was killed.
        if (events)
            events->wait(std::chrono::seconds{1});
        else
            events.emplace(engine.store().root()); // and look again
    }
    std::vector<int> codes;
    for (const Awaited& awaited : all)
        codes.push_back(*awaited.answer);
    return codes;
}

HealthVerdict run_health_check(Engine& engine, const std::string& id)
{
    const store::ContainerRecord record = load_truth(engine, id);
    if (!record.config.health.exists())
        throw Error{ErrorKind::Failure, cat("container ", id, " has no defined healthcheck")};
    const Error not_running{ErrorKind::State, cat("container ", id, " is not running: container state improper")};
    const auto answer = ask_monitor(require_monitor(engine, id, not_running), monitor::HealthRequest{});
    if (const auto* health = std::get_if<monitor::HealthAnswer>(&answer))
        return {health->status, health->exit_code, health->output};
    throw Error{ErrorKind::Failure, cat("container ", id, ": the health check gave no answer")};
}

} // namespace skiff::engine
