#include "cli/compose/teardown.hpp"

#include "cli/run_words.hpp"
#include "engine/life.hpp"
#include "engine/networks.hpp"
#include "engine/remove.hpp"
#include "frontends/compose/hook_words.hpp"
#include "frontends/compose/labels.hpp"
#include "monitor/ending_signal.hpp"

#include <algorithm>
#include <unistd.h>

namespace skiff::cli {
namespace {

using compose::Existing;

bool depends_on(const ComposeSession& session, const std::string& service, const std::string& other)
{
    const compose::Service* one = session.project().find_service(service);
    return one != nullptr && std::any_of(one->depends_on.begin(), one->depends_on.end(),
                                         [&](const compose::Dependency& dependency) { return dependency.service == other; });
}

/// Adds to each job those that must be done before: what depends on its container, or without `reverse` what it depends on.
void order(const ComposeSession& session, const std::vector<Existing>& containers, std::vector<Job>& jobs, bool reverse)
{
    for (std::size_t mine = 0; mine < containers.size(); ++mine)
        for (std::size_t other = 0; other < containers.size(); ++other)
            if (reverse ? depends_on(session, containers[other].service, containers[mine].service)
                        : depends_on(session, containers[mine].service, containers[other].service))
                jobs[mine].after.push_back(other);
}

std::vector<Job> make_jobs(const ComposeSession& session, const std::vector<Existing>& containers, const Verb& verb, bool reverse)
{
    std::vector<Job> jobs;
    for (const Existing& container : containers) {
        Job job;
        job.subject = cat("Container ", container.name);
        job.doing = verb.doing;
        job.done = verb.done;
        job.work = [container, run = verb.run](engine::Engine& engine) { run(engine, container); };
        jobs.push_back(std::move(job));
    }
    order(session, containers, jobs, reverse);
    return jobs;
}

void run_pre_stop(ComposeSession& session, const Existing& container)
{
    const compose::Service* service = session.project().find_service(container.service);
    const compose::Node* hooks = service == nullptr ? nullptr : service->node.find("pre_stop");
    if (hooks == nullptr || !container.is_running())
        return;
    for (const compose::Node& hook : hooks->items)
        (void)run_words_apart(session.invocation(), compose::hook_words(hook, container.id)); // what stops does stop
}

Verb stopping(ComposeSession& session, std::optional<std::uint32_t> timeout_s)
{
    return {"Stopping", "Stopped", [&session, timeout_s](engine::Engine& engine, const Existing& container) {
                run_pre_stop(session, container);
                engine::StopOptions options;
                options.timeout_s = timeout_s;
                engine::stop_container(engine, container.id, options);
            }};
}

void remove_quietly(engine::Engine& engine, const Existing& container, bool volumes, std::optional<std::uint32_t> timeout_s)
{
    try {
        engine::remove_container(engine, container.id, {true, volumes, true, timeout_s});
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) // gone by itself: --rm
            throw;
    }
}

/// What waits for the next run of its restart policy cannot get a signal; if that was to end it, it is not to run again.
void kill(engine::Engine& engine, const Existing& container, int signal)
{
    try {
        engine::kill_container(engine, container.id, signal);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::State) // it has just ended
            throw;
        if (!monitor::means_the_end(signal, engine.store().containers().load_config(container.id).stop_signal))
            return;
        engine::StopOptions at_once;
        at_once.timeout_s = 0;
        engine::stop_container(engine, container.id, at_once);
    }
}

Job words_job(ComposeSession& session, const std::string& subject, std::vector<std::string> words)
{
    Job job;
    job.subject = subject;
    job.doing = "Removing";
    job.done = "Removed";
    job.work = [&session, words = std::move(words)](engine::Engine&) {
        const int code = run_words(session.invocation(), words);
        if (code != 0)
            ::_exit(code);
    };
    return job;
}

/// Who stays, and how they would go.
std::string remedy_for(const std::string& network, const std::vector<std::string>& staying)
{
    if (staying.empty())
        return cat("containers of others are on it: skiff ps --all --filter network=", network);
    std::string names;
    for (const std::string& name : staying)
        names += cat(names.empty() ? "" : ", ", name);
    return cat("these stay: ", names, "; --profile NAME takes down what belongs to a profile, --remove-orphans what has no service any more");
}

/// Networks that carry the project's label. Containers in `staying` are not taken down.
std::vector<Job> network_jobs(ComposeSession& session, const std::vector<std::string>& staying)
{
    std::vector<Job> jobs;
    for (const compose::ExistingResource& network : compose::list_existing_networks(session.engine(), session.project().name)) {
        Job job;
        job.subject = cat("Network ", network.name);
        job.doing = "Removing";
        job.done = "Removed";
        job.may_fail = true; // told, and left
        job.work = [name = network.name, staying](engine::Engine& engine) {
            try {
                engine::remove_network(engine, name);
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::InUse)
                    throw;
                throw Error{ErrorKind::InUse, cat("network ", name, ": resource is still in use")}.with_hint(remedy_for(name, staying));
            }
        };
        jobs.push_back(std::move(job));
    }
    return jobs;
}

std::vector<Job> volume_jobs(ComposeSession& session)
{
    std::vector<Job> jobs;
    for (const store::Volume& volume : session.engine().store().volumes().list()) {
        const auto project = volume.labels.find(compose::labels::project);
        if (project != volume.labels.end() && project->second == session.project().name)
            jobs.push_back(words_job(session, cat("Volume ", volume.name), {"volume", "rm", volume.name}));
    }
    for (Job& job : jobs)
        job.may_fail = true;
    return jobs;
}

std::vector<Job> image_jobs(ComposeSession& session, const std::string& which)
{
    std::vector<Job> jobs;
    std::vector<std::string> seen;
    for (const compose::Service& service : session.project().services) {
        const bool is_local = service.has_build && service.node.find("image") == nullptr;
        if ((which == "local" && !is_local) || service.image.empty() || std::find(seen.begin(), seen.end(), service.image) != seen.end())
            continue;
        if (!compose::find_image_id(session.engine(), service.image))
            continue;
        seen.push_back(service.image);
        jobs.push_back(words_job(session, cat("Image ", service.image), {"rmi", service.image}));
        jobs.back().may_fail = true;
    }
    return jobs;
}

std::vector<Job> down_jobs(ComposeSession& session, const DownOptions& options)
{
    std::vector<Existing> containers;
    std::vector<std::string> staying;
    for (Existing& one : session.containers()) {
        const bool known = session.project().find_service(one.service) != nullptr;
        const bool named = options.services.empty() ||
                           std::find(options.services.begin(), options.services.end(), one.service) != options.services.end();
        const bool orphan = !known && !session.project().disabled.contains(one.service);
        if (named && (known || (orphan && options.remove_orphans) || (one.one_off && options.services.empty())))
            containers.push_back(std::move(one));
        else
            staying.push_back(one.name);
    }
    std::vector<Job> stops = make_jobs(session, containers, stopping(session, options.timeout_s), true);
    std::vector<Job> jobs;
    // One worker stops and removes: the removal follows at once.
    for (std::size_t i = 0; i < containers.size(); ++i) {
        Job removal;
        removal.subject = stops[i].subject;
        removal.doing = "Removing";
        removal.done = "Removed";
        removal.work = [container = containers[i], volumes = options.volumes, timeout = options.timeout_s](engine::Engine& engine) {
            remove_quietly(engine, container, volumes || container.one_off, timeout);
        };
        removal.after = {i};
        stops[i].next = containers.size() + i;
        jobs.push_back(std::move(removal));
    }
    stops.insert(stops.end(), std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
    const std::size_t of_containers = stops.size();
    const auto append = [&](std::vector<Job> further) {
        for (Job& job : further) {
            for (std::size_t i = containers.size(); i < of_containers; ++i)
                job.after.push_back(i);
            stops.push_back(std::move(job));
        }
    };
    if (options.services.empty()) {
        append(network_jobs(session, staying));
        if (options.volumes)
            append(volume_jobs(session));
        if (!options.images.empty())
            append(image_jobs(session, options.images));
    }
    return stops;
}

std::string nothing_to_remove(const ComposeSession& session)
{
    return cat("Warning: No resource found to remove for project \"", session.project().name, "\".");
}

/// "Container web-1" in the middle of a sentence: "container web-1".
std::string lower(std::string words)
{
    words[0] = static_cast<char>(words[0] | 0x20);
    return words;
}

} // namespace

bool for_each(ComposeSession& session, const std::vector<Existing>& containers, const Verb& verb, bool reverse)
{
    return session.run(make_jobs(session, containers, verb, reverse));
}

bool stop_containers(ComposeSession& session, const std::vector<Existing>& containers, std::optional<std::uint32_t> timeout_s)
{
    return for_each(session, containers, stopping(session, timeout_s), true);
}

bool kill_containers(ComposeSession& session, const std::vector<Existing>& containers, int signal)
{
    std::vector<Job> jobs = make_jobs(session, containers, {"Killing", "Killed", [signal](engine::Engine& engine, const Existing& container) {
                                                                kill(engine, container, signal);
                                                            }},
                                      true);
    for (Job& job : jobs)
        job.after.clear();
    return session.run(std::move(jobs));
}

bool remove_containers(ComposeSession& session, const std::vector<Existing>& containers, bool volumes)
{
    const Verb verb{"Removing", "Removed", [volumes](engine::Engine& engine, const Existing& container) { remove_quietly(engine, container, volumes, {}); }};
    return for_each(session, containers, verb, true);
}

std::string describe_down(ComposeSession& session, const DownOptions& options)
{
    std::string lines;
    for (const Job& job : down_jobs(session, options))
        lines += cat("- ", lower(job.subject), " is ", lower(job.done), "\n");
    return lines.empty() ? nothing_to_remove(session) + "\n" : lines;
}

bool take_down(ComposeSession& session, const DownOptions& options)
{
    std::vector<Job> jobs = down_jobs(session, options);
    if (jobs.empty()) {
        session.board().say(nothing_to_remove(session));
        return true;
    }
    return session.run(std::move(jobs));
}

} // namespace skiff::cli
