#include "engine/build.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "build/scheduler.hpp"
#include "engine/build_cache_transfer.hpp"
#include "engine/build_messages.hpp"
#include "engine/build_worker.hpp"
#include "engine/image_event.hpp"
#include "engine/interrupt.hpp"
#include "engine/tag_image.hpp"
#include "monitor/owner_recorder.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <poll.h>

namespace skiff::engine {
namespace {

BuildPlan make_plan(const BuildRequest& request, bool records_owners)
{
    build::GlobalArgs args{request.args, request.file};
    std::vector<build::StageNeeds> needs = build::stage_needs(request.file, args);
    return {std::move(args), std::move(needs), build::target_stage(request.file, request.target), {}, records_owners};
}

std::set<std::size_t> wanted_stages(const BuildRequest& request, const BuildPlan& plan)
{
    if (!request.all_stages)
        return build::needed_stages(plan.needs, plan.target);
    std::set<std::size_t> all;
    for (std::size_t stage = 0; stage <= plan.target; ++stage)
        all.insert(stage);
    return all;
}

/// Given names that no ARG of the file declares.
std::vector<std::string> unused_args(const BuildRequest& request)
{
    std::set<std::string> declared;
    const auto collect = [&](const std::vector<build::Instruction>& instructions) {
        for (const build::Instruction& instruction : instructions)
            if (const auto* arg = std::get_if<build::ArgInstruction>(&instruction.body))
                for (const build::DeclaredArg& each : arg->args)
                    declared.insert(each.name);
    };
    collect(request.file.global_args);
    for (const build::Stage& stage : request.file.stages)
        collect(stage.instructions);
    std::vector<std::string> unused;
    for (const auto& [name, value] : request.args.given)
        if (!declared.contains(name) && !build::is_proxy_name(name) && name != "SOURCE_DATE_EPOCH")
            unused.push_back(name);
    return unused;
}

/// All stages of one build: who works, who waits, who is done.
class Build
{
  public:
    Build(Engine& engine, const BuildRequest& request, BuildOutput& output, bool records_owners)
        : engine_{engine},
          request_{request},
          output_{output},
          plan_{make_plan(request, records_owners)},
          scheduler_{plan_.needs, wanted_stages(request, plan_), request.jobs}
    {
        std::size_t number = 0;
        for (const std::size_t stage : scheduler_.wanted())
            numbers_[stage] = ++number;
    }

    StageImage run()
    {
        const auto is_over = [&] {
            return request_.all_stages ? std::all_of(scheduler_.wanted().begin(), scheduler_.wanted().end(),
                                                     [&](std::size_t stage) { return scheduler_.is_finished(stage); })
                                       : scheduler_.is_finished(plan_.target);
        };
        while (!is_over()) {
            go_on();
            wait();
        }
        const StageImage& target = finished_.at(plan_.target);
        if (!request_.cache_to.empty()) {
            std::vector<const StageImage*> stages;
            for (const auto& [stage, image] : finished_)
                stages.push_back(&image);
            send_cache(engine_, request_, stages, target, output_, interrupt_.fd());
        }
        return target;
    }

  private:
    StageTitle title(std::size_t stage)
    {
        if (!numbers_.contains(stage)) // asked for on the way
            numbers_[stage] = numbers_.size() + 1;
        return {numbers_.at(stage), numbers_.size(), request_.file.stages[stage].label()};
    }

    void go_on()
    {
        while (const auto stage = scheduler_.resume())
            workers_.at(*stage).give(finished_.at(asked_.at(*stage)));
        while (const auto stage = scheduler_.begin())
            workers_.try_emplace(*stage, engine_, request_, plan_, finished_, *stage);
    }

    void wait()
    {
        std::vector<pollfd> polls{{interrupt_.fd(), POLLIN, 0}};
        std::vector<std::size_t> stages;
        for (const auto& [stage, worker] : workers_) {
            polls.push_back({worker.channel().fd(), POLLIN, 0});
            stages.push_back(stage);
        }
        for (int ready = 0; (ready = ::poll(polls.data(), polls.size(), output_.tick_interval_ms())) <= 0;) {
            if (ready < 0 && errno != EINTR)
                throw Error{errno, "waiting for the builders of stages"};
            output_.tick();
        }
        if (polls.front().revents != 0) {
            workers_.clear();
            throw Error{ErrorKind::Failure, "interrupted"};
        }
        for (std::size_t i = 0; i < stages.size(); ++i)
            if (polls[i + 1].revents != 0)
                receive(stages[i]);
    }

    void receive(std::size_t stage)
    {
        StageWorker& worker = workers_.at(stage);
        auto message = worker.channel().receive();
        if (!message)
            throw Error{ErrorKind::Failure, cat("the builder of stage ", quoted(request_.file.stages[stage].label()), " went away")}.with_hint(
                "it was killed; perhaps the machine had no memory left");
        if (monitor::is_stream(message->data)) {
            const monitor::StreamBytes bytes = monitor::decode_stream(message->data);
            output_.output(title(stage), bytes.stream, bytes.bytes);
            return;
        }
        const stage_message::Message said = stage_message::decode(message->data);
        if (const auto* step = std::get_if<stage_message::StepBegins>(&said))
            output_.step(title(stage), step->number, step->count, step->text);
        else if (const auto* done = std::get_if<stage_message::StepDone>(&said))
            output_.step_done(title(stage), done->cached, done->id);
        else if (const auto* note = std::get_if<stage_message::Note>(&said))
            output_.note(title(stage), note->line);
        else if (const auto* say = std::get_if<stage_message::Say>(&said))
            output_.say(say->line);
        else if (const auto* lost = std::get_if<stage_message::PlaceLost>(&said)) {
            if (plan_.lost_places.insert(lost->place).second) // stages side by side meet the same
                output_.say(cat("--cache-from ", lost->place, ": ", lost->why, "; not used in this build"));
        } else if (const auto* need = std::get_if<stage_message::Need>(&said)) {
            asked_[stage] = need->stage;
            scheduler_.wait(stage, need->stage);
        } else if (const auto* failed = std::get_if<stage_message::Failed>(&said))
            fail(*failed);
        else
            finish(stage, *message);
    }

    void finish(std::size_t stage, const skiff::Message& message)
    {
        if (message.fds.empty())
            throw Error{ErrorKind::Failure, "a stage ended without a result"};
        finished_[stage] = stage_message::read_stage(message.fds.front().get());
        workers_.at(stage).finish();
        workers_.erase(stage);
        scheduler_.finish(stage);
        output_.stage_done(title(stage));
    }

    [[noreturn]] void fail(const stage_message::Failed& failed)
    {
        workers_.clear();
        try {
            monitor::rethrow(failed.error);
        } catch (const Error& error) {
            if (failed.code != 0)
                throw BuildCommandFailed{error, failed.code};
            throw;
        }
    }

    Engine& engine_;
    const BuildRequest& request_;
    BuildOutput& output_;
    BuildPlan plan_;
    build::Scheduler scheduler_;
    InterruptGuard interrupt_;
    std::map<std::size_t, StageWorker> workers_;
    std::map<std::size_t, std::size_t> asked_;
    std::map<std::size_t, std::size_t> numbers_;
    FinishedStages finished_;
};

void apply(oci::ImageConfig& image, const BuildRequest& request)
{
    for (const std::string& name : request.unset_labels)
        image.config.labels.erase(name);
    for (const auto& [name, value] : request.labels)
        image.config.labels[name] = value;
    for (const std::string& name : request.unset_env)
        std::erase_if(image.config.env, [&](const std::string& entry) { return entry.starts_with(name + "="); });
    if (request.omit_history)
        image.history.clear();
}

} // namespace

StageImage build_stages(Engine& engine, const BuildRequest& request, BuildOutput& output)
{
    sweep_builds(engine, false);
    const bool records_owners = engine.identity().single_id && monitor::can_record_owners(engine.driver());
    if (engine.identity().single_id)
        output.say(cat("Note: there is a single user id here. In RUN, changes of identity succeed without effect; changes of owner are ",
                       records_owners ? "not seen by it, and kept for the image" : "lost, but COPY --chown is kept"));
    StageImage result = Build{engine, request, output, records_owners}.run();
    if (const std::vector<std::string> unused = unused_args(request); !unused.empty()) {
        std::string list;
        for (const std::string& name : unused)
            list += (list.empty() ? "" : " ") + name;
        output.say(cat("[Warning] one or more build args were not consumed: [", list, "]"));
    }
    const store::BuildCache cache{engine.store().root()};
    cache.prune(wall_now() - store::BuildCache::kept_for);
    return result;
}

std::string commit_build(Engine& engine, const BuildRequest& request, const StageImage& stage, BuildOutput& output)
{
    std::vector<std::string> names;
    for (const std::string& name : request.names)
        names.push_back(make_new_name(name).text());
    output.commit(names.empty() ? "" : request.names.front());
    build::ImageDraft draft = stage.draft;
    draft.format = request.format;
    apply(draft.config, request);
    for (const std::string& name : request.unset_annotations)
        draft.annotations.erase(name);
    for (const auto& [name, value] : request.annotations)
        draft.annotations[name] = value;
    if (request.timestamp)
        draft.config.created = text::format_rfc3339_nano(WallTime{std::chrono::seconds{*request.timestamp}});
    else if (draft.config.created.empty())
        draft.config.created = text::format_rfc3339_nano(wall_now());
    if (request.created_annotation)
        draft.annotations["org.opencontainers.image.created"] = draft.config.created;
    BuildLayers layers; // so that they stay
    layers.add(engine.store(), stage.layers, draft.layers, draft.diff_ids);
    const store::Image image = build::put_image(engine.store(), draft, names);
    add_image_event(engine.store(), "build", image.id, names.empty() ? image.id : names.front());
    return image.id;
}

std::string build_image(Engine& engine, const BuildRequest& request, BuildOutput& output)
{
    return commit_build(engine, request, build_stages(engine, request, output), output);
}

} // namespace skiff::engine
