#include "cli/compose/up.hpp"

#include "base/log.hpp"
#include "cli/compose/make_container.hpp"
#include "cli/run_words.hpp"
#include "engine/life.hpp"
#include "engine/remove.hpp"
#include "engine/start.hpp"
#include "frontends/compose/create_words.hpp"
#include "frontends/compose/hook_words.hpp"
#include "frontends/compose/resource_words.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

// From a plan to jobs: each step runs one verb, or a few, in a worker.

namespace skiff::cli {
namespace {

using compose::Action;

/// A container that is to take another's place is called ID_NAME, with the other's id, until that has gone.
std::string temporary_prefix(const std::string& replaced)
{
    constexpr std::size_t shown_of_id = 12;
    return cat(replaced.substr(0, shown_of_id), "_");
}

bool is_temporary(const compose::Existing& one) { return !one.replaces.empty() && one.name.starts_with(temporary_prefix(one.replaces)); }

compose::Facts gather_facts(ComposeSession& session)
{
    compose::Facts facts;
    facts.containers = session.containers();
    for (const compose::Resource& network : session.project().networks)
        if (auto found = compose::find_existing_network(session.engine(), network.name))
            facts.networks[network.name] = std::move(*found);
    for (const compose::Resource& volume : session.project().volumes)
        if (auto found = compose::find_existing_volume(session.engine(), volume.name))
            facts.volumes[volume.name] = std::move(*found);
    for (const compose::Service& service : session.project().services)
        facts.images[service.image] = compose::find_image_id(session.engine(), service.image);
    for (const store::Secret& secret : session.engine().store().secrets().list())
        facts.secrets.insert(secret.name);
    return facts;
}

/// Runs words below a worker; a command that reports a failure by its code has printed it.
void run_apart(const Invocation& invocation, const std::vector<std::string>& words)
{
    const int code = run_words_apart(invocation, words);
    if (code != 0)
        ::_exit(code);
}

class Builder
{
  public:
    Builder(ComposeSession& session, const compose::Plan& plan, std::optional<std::uint32_t> timeout_s)
        : session_{session}, plan_{plan}, timeout_s_{timeout_s}
    {
    }

    std::vector<Job> make()
    {
        std::vector<Job> jobs;
        for (const Action& action : plan_.actions)
            jobs.push_back(make_job(action));
        join_starts(jobs);
        return jobs;
    }

  private:
    /// A container is made and started by one worker, unless something has to be waited for between.
    void join_starts(std::vector<Job>& jobs) const
    {
        for (std::size_t start = 0; start < jobs.size(); ++start)
            if (plan_.actions[start].kind == Action::Kind::Start)
                for (const std::size_t made : plan_.actions[start].after)
                    if (plan_.actions[made].name == plan_.actions[start].name && plan_.actions[made].kind == Action::Kind::Create)
                        jobs[made].next = start;
    }

    Job make_job(const Action& action)
    {
        Job job;
        job.after = action.after;
        job.subject = cat("Container ", action.name);
        switch (action.kind) {
        case Action::Kind::CreateNetwork:
        case Action::Kind::RecreateNetwork:
            fill_network(job, action);
            break;
        case Action::Kind::CreateVolume:
            job.subject = cat("Volume \"", action.name, "\"");
            job.doing = "Creating";
            job.done = "Created";
            job.work = [this_ = shared(), &action](engine::Engine&) {
                run_apart(this_.session->invocation(), compose::make_volume_words(this_.session->project(), *this_.session->project().find_volume(action.service)));
            };
            break;
        case Action::Kind::Create:
            job.doing = "Creating";
            job.done = "Created";
            job.work = [this_ = shared(), &action](engine::Engine& engine) { create(*this_.session, engine, action, action.name); };
            break;
        case Action::Kind::Recreate:
            job.doing = "Recreate";
            job.done = "Recreated";
            job.work = [this_ = shared(), &action](engine::Engine& engine) { recreate(*this_.session, engine, action, this_.timeout_s); };
            break;
        case Action::Kind::Start:
            job.doing = "Starting";
            job.done = "Started";
            job.work = [this_ = shared(), &action](engine::Engine& engine) { start(*this_.session, engine, action); };
            add_gate(job, action);
            break;
        case Action::Kind::Restart:
            job.doing = "Restarting";
            job.done = "Restarted";
            job.work = [this_ = shared(), &action](engine::Engine& engine) {
                engine::StopOptions options;
                options.timeout_s = this_.timeout_s;
                engine::restart_container(engine, action.id, options);
            };
            add_gate(job, action);
            break;
        case Action::Kind::Remove:
            job.doing = "Removing";
            job.done = "Removed";
            job.work = [this_ = shared(), &action](engine::Engine& engine) {
                engine::remove_container(engine, action.id, {.force = true, .volumes = false, .depend = true, .timeout_s = this_.timeout_s});
            };
            break;
        case Action::Kind::Keep:
            job.done = "Running";
            job.is_shown = !action.id.empty();
            break;
        }
        return job;
    }

    /// What jobs refer to outlives them; the builder does not.
    struct Shared
    {
        ComposeSession* session;
        std::optional<std::uint32_t> timeout_s;
    };
    Shared shared() const { return {&session_, timeout_s_}; }

    void fill_network(Job& job, const Action& action)
    {
        const bool again = action.kind == Action::Kind::RecreateNetwork;
        job.subject = cat("Network ", action.name);
        job.doing = again ? "Recreating" : "Creating";
        job.done = again ? "Recreated" : "Created";
        job.work = [this_ = shared(), &action, again](engine::Engine& engine) {
            const ComposeSession& session = *this_.session;
            if (again) {
                for (const std::string& id : action.displaced)
                    if (engine.store().containers().exists(id))
                        engine::remove_container(engine, id, {.force = true, .volumes = false, .depend = true, .timeout_s = this_.timeout_s});
                run_apart(session.invocation(), {"network", "rm", action.name});
            }
            run_apart(session.invocation(), compose::make_network_words(session.project(), *session.project().find_network(action.service)));
        };
    }

    void add_gate(Job& job, const Action& action)
    {
        if (!action.waits.empty())
            job.gate = make_gate(session_, action.waits);
    }

    /// Before anything is done for it: one that is replaced must not go for a name that cannot be had.
    static void require_free_name(engine::Engine& engine, const Action& action)
    {
        const auto holder = engine.store().containers().find(action.name);
        if (!holder || *holder == action.id || engine.store().containers().load(*holder).config.name != action.name)
            return;
        throw Error{ErrorKind::InUse, cat("service ", action.service, ": the container name \"", action.name, "\" is already in use by ", *holder)}
            .with_hint(cat("remove that container with: skiff rm ", action.name, ", or choose another container_name"));
    }

    static void create(const ComposeSession& session, engine::Engine& engine, const Action& action, const std::string& name,
                       const std::string& replaced = {})
    {
        require_free_name(engine, action);
        compose::Instance instance;
        instance.replaces = replaced;
        instance.number = action.number;
        instance.name = name;
        instance.kept_volumes = action.kept_volumes;
        make_container(session.invocation(), engine, session.project(), session.project().service(action.service), std::move(instance));
    }

    /// The new one is complete before the old one goes.
    static void recreate(const ComposeSession& session, engine::Engine& engine, const Action& action, std::optional<std::uint32_t> timeout_s)
    {
        if (!engine.store().containers().exists(action.id)) { // its network was made anew
            create(session, engine, action, action.name);
            return;
        }
        const std::string temporary = cat(temporary_prefix(action.id), action.name);
        create(session, engine, action, temporary, action.id);
        engine::StopOptions stop;
        stop.timeout_s = timeout_s;
        engine::stop_container(engine, action.id, stop);
        engine::remove_container(engine, action.id, {.force = true, .volumes = action.drops_volumes, .depend = true, .timeout_s = timeout_s});
        engine::rename_container(engine, engine.store().containers().resolve(temporary), action.name);
    }

    static void start(const ComposeSession& session, engine::Engine& engine, const Action& action)
    {
        const std::string id = engine.store().containers().resolve(action.id.empty() ? action.name : action.id);
        const std::string service = cat("service ", action.service);
        engine::StartOptions options;
        options.warn = [&](const std::string& warning) { log::warn(cat(service, ": ", warning)); };
        while_doing(service, [&] {
            // An `up` that was interrupted has left its monitors to themselves.
            if (engine::settle(engine, id).status == ContainerStatus::Starting)
                engine::wait_for_containers(engine, {id}, {engine::WaitFor::Running, engine::WaitFor::Stopped}, false);
            if (!engine::settle(engine, id).is_running())
                engine::start_container(engine, id, options);
        });
        run_hooks(session, action.service, action.name);
    }

    static void run_hooks(const ComposeSession& session, const std::string& service, const std::string& container)
    {
        const compose::Node* hooks = session.project().service(service).node.find("post_start");
        if (hooks == nullptr)
            return;
        for (const compose::Node& hook : hooks->items)
            if (const int code = run_words_apart(session.invocation(), compose::hook_words(hook, container)); code != 0)
                throw Error{ErrorKind::Failure, cat("service ", service, ": a post_start hook failed with exit code ", code)};
    }

    ComposeSession& session_;
    const compose::Plan& plan_;
    std::optional<std::uint32_t> timeout_s_;
};

} // namespace

compose::Plan plan_up(ComposeSession& session, const compose::PlanOptions& options)
{
    session.read_env_files(options.services, options.with_dependencies);
    compose::Plan plan = compose::make_plan(session.project(), gather_facts(session), options);
    for (const Action& action : plan.actions) // some are made anew that nobody named
        if (action.kind == Action::Kind::Create || action.kind == Action::Kind::Recreate)
            session.read_env_files({action.service}, false);
    return plan;
}

bool finish_recreations(ComposeSession& session)
{
    std::vector<Job> jobs;
    for (const compose::Existing& one : compose::list_existing(session.engine(), session.project().name)) {
        if (!is_temporary(one))
            continue;
        Job job;
        job.subject = cat("Container ", one.name);
        job.doing = "Finishing";
        job.done = "Finished";
        job.work = [one](engine::Engine& engine) {
            if (engine.store().containers().exists(one.replaces)) // it is replaced again, or stays; what both have stays with it
                engine::remove_container(engine, one.id, {.force = true, .volumes = true, .depend = false, .timeout_s = 0U});
            else
                engine::rename_container(engine, one.id, one.name.substr(temporary_prefix(one.replaces).size()));
        };
        jobs.push_back(std::move(job));
    }
    return jobs.empty() || session.run(std::move(jobs));
}

bool start_containers(ComposeSession& session, const std::vector<compose::Existing>& containers)
{
    compose::Plan plan;
    std::map<std::string, std::vector<std::size_t>> ready;
    for (const compose::Service* service : session.project().in_order({}, true))
        for (const compose::Existing& one : containers) {
            if (one.service != service->name)
                continue;
            Action action;
            action.kind = one.is_up() ? Action::Kind::Keep : Action::Kind::Start;
            action.name = one.name;
            action.service = one.service;
            action.number = one.number;
            action.id = one.id;
            for (const compose::Dependency& dependency : service->depends_on) {
                const auto before = ready.find(dependency.service);
                if (before == ready.end())
                    continue;
                action.after.insert(action.after.end(), before->second.begin(), before->second.end());
                if (dependency.condition != compose::Condition::Started && action.kind == Action::Kind::Start)
                    action.waits.push_back({dependency.service, dependency.condition, dependency.required});
            }
            ready[one.service].push_back(plan.actions.size());
            plan.actions.push_back(std::move(action));
        }
    return carry_out(session, plan, {});
}

bool carry_out(ComposeSession& session, const compose::Plan& plan, std::optional<std::uint32_t> timeout_s)
{
    for (const std::string& warning : plan.warnings)
        session.board().say(cat("Warning: ", warning));
    if (!plan.orphans.empty()) {
        std::string list;
        for (const std::string& orphan : plan.orphans)
            list += cat(list.empty() ? "" : " ", orphan);
        session.board().say(cat("Warning: Found orphan containers ([", list, "]) for this project. If you removed or renamed this service in your "
                                                                               "compose file, you can run this command with the --remove-orphans flag to clean it up."));
    }
    return session.run_with_events(Builder{session, plan, timeout_s}.make());
}

} // namespace skiff::cli
