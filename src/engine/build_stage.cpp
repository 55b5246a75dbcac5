#include "engine/build_stage.hpp"

#include "base/clock.hpp"
#include "base/defer.hpp"
#include "base/hash.hpp"
#include "engine/build_cache_transfer.hpp"
#include "engine/build_copy.hpp"
#include "engine/build_run.hpp"
#include "engine/pull.hpp"
#include "runtime/user_lookup.hpp"
#include "text/time_format.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

constexpr const char* hashes_file = "file-hashes";

std::string shorter(const std::string& id)
{
    constexpr std::size_t shown = 12;
    const std::size_t colon = id.find(':');
    return id.substr(colon == std::string::npos ? 0 : colon + 1, shown);
}

/// The name that the base image goes by, in full: the one that was asked for when it has several.
std::string base_name(const store::Store& store, const store::Image& image, const std::string& asked)
{
    const auto found = store.images().find(asked);
    return found && found->image.id == image.id && !found->name.empty() ? found->name : asked;
}

std::string without_algorithm(const std::string& id) { return id.substr(id.find(':') == std::string::npos ? 0 : id.find(':') + 1); }

} // namespace

StageBuilder::StageBuilder(Engine& engine, const BuildRequest& request, BuildPlan& plan, std::size_t stage, StageLink& link)
    : engine_{engine},
      request_{request},
      plan_{plan},
      stage_{request.file.stages[stage]},
      link_{link},
      lock_{engine},
      sources_{engine, request, stage, link, lock_.name()},
      hashes_{build::FileHashes::load(open_at(AT_FDCWD, store::BuildCache{engine.store().root()}.directory(), O_RDONLY | O_DIRECTORY).get(), hashes_file)}
{
}

StageBuilder::~StageBuilder() = default;

StageImage StageBuilder::build()
{
    const Defer remember_hashes{[this] { save_hashes(); }}; // also when a step fails: files that were read once need not be read again
    const std::string from = cat(stage_.from.keyword_as_written, " ", stage_.from.text);
    link_.step(1, stage_.instructions.size() + 1, from);
    begin_from_base();
    std::vector<build::Instruction> instructions = build::on_build_instructions(state_.image.config, stage_.from.place);
    state_.image.config.on_build.clear();
    instructions.insert(instructions.end(), stage_.instructions.begin(), stage_.instructions.end());
    apply_request();
    const std::size_t count = instructions.size() + 1;
    for (std::size_t i = 0; i < instructions.size(); ++i)
        run_instruction(instructions[i], i + 2, count);
    if (stage_.index == plan_.target && request_.squash != BuildRequest::Squash::No)
        squash();

    StageImage result;
    result.draft.config = state_.image;
    result.draft.layers = layers_.descriptors();
    result.draft.diff_ids = layers_.diff_ids();
    result.draft.annotations = annotations_;
    result.draft.format = request_.format;
    result.layers = layers_.ids();
    result.base_layers = base_layers_;
    result.args = state_.args.declared();
    if (stage_.index != plan_.target || request_.squash == BuildRequest::Squash::No)
        result.steps = steps_;
    return result;
}

void StageBuilder::save_hashes()
{
    if (hashes_.has_news())
        hashes_.save(open_at(AT_FDCWD, store::BuildCache{engine_.store().root()}.directory(), O_RDONLY | O_DIRECTORY).get(), hashes_file);
}

// ---- the base ----------------------------------------------------------------------------------------------------------

void StageBuilder::begin_from_base()
{
    const build::StageNeeds& needs = plan_.needs[stage_.index];
    if (needs.base) {
        const StageImage base = link_.need(*needs.base);
        layers_.add(engine_.store(), base.layers, base.draft.layers, base.draft.diff_ids);
        state_.image = base.draft.config;
        annotations_ = base.draft.annotations;
        base_layers_ = base.base_layers;
        for (const build::DeclaredArg& arg : base.args)
            state_.args.declare(arg.name, arg.value);
        return;
    }
    PullOptions options = request_.pull_options;
    if (!stage_.base().platform.empty()) {
        build::Expansion expansion = plan_.args.from_line();
        const std::string text = build::expand_word(stage_.base().platform, expansion);
        const oci::Platform platform = oci::Platform::parse(text);
        options.os = platform.os;
        options.architecture = platform.architecture;
        options.variant = platform.variant;
    }
    std::string name = stage_.index == 0 && !request_.from.empty() ? request_.from : needs.base_name;
    if (const auto named = request_.named_contexts.find(name); named != request_.named_contexts.end()) {
        const auto* image = std::get_if<std::string>(&named->second.what);
        if (image == nullptr)
            throw Error{ErrorKind::Failure, cat("FROM ", name, ": the build context of that name is a directory")}.with_hint(
                "files of a directory come in with COPY --from=NAME; a stage begins from an image, docker-image://NAME");
        name = *image;
    }
    begin_from_image(name, options);
}

void StageBuilder::begin_from_image(const std::string& name, const PullOptions& options)
{
    if (name == "scratch") {
        state_.image = build::ImageDraft::from_nothing().config;
        state_.image.platform = make_platform(options);
        return;
    }
    const std::string id = while_doing("creating build container", [&] {
        try {
            return sources_.ensure_image(name, options);
        } catch (Error& error) {
            if (const auto here = engine_.store().images().find(name); here && here->image.architecture != make_platform(options).architecture)
                error.add_hint(cat("the image of that name here is for ", here->image.os, "/", here->image.architecture));
            throw;
        }
    });
    const auto image = engine_.store().images().find_id(id);
    if (!image)
        throw Error{ErrorKind::NotFound, cat(name, ": image not known")};
    build::ImageDraft draft = build::ImageDraft::from(engine_.store(), *image);
    layers_.add(engine_.store(), image->layers, draft.layers, draft.diff_ids);
    state_.image = std::move(draft.config);
    state_.image.parent.clear();
    state_.image.comment.clear();
    state_.image.docker_version.clear();
    if (!request_.inherit_labels)
        state_.image.config.labels.clear();
    if (request_.inherit_annotations)
        annotations_ = std::move(draft.annotations);
    annotations_["org.opencontainers.image.base.digest"] = image->digest;
    annotations_["org.opencontainers.image.base.name"] = base_name(engine_.store(), *image, name);
    base_layers_ = layers_.ids().size();
}

void StageBuilder::apply_request()
{
    std::vector<std::string>& env = state_.image.config.env;
    for (const auto& [name, value] : request_.env)
        build::set_env(env, name, value);
}

// ---- steps -------------------------------------------------------------------------------------------------------------

void StageBuilder::run_instruction(const build::Instruction& instruction, std::size_t number, std::size_t count)
{
    link_.step(number, count, cat(instruction.keyword_as_written, " ", instruction.text));
    const std::string where = cat(instruction.place.file, ":", instruction.place.line, ": ");
    made_layer_ = false;
    slot_ = cat(request_.context.path, "|", instruction.place.file, "|", stage_.label(), "|", number);
    build::Step step;
    try {
        step = build::make_step(instruction, state_, plan_.args, request_.file.directives.escape);
        if (std::holds_alternative<build::ConfigStep>(step.action))
            config_step(step);
        else if (const auto* run = std::get_if<build::RunStep>(&step.action))
            run_step(step, *run);
        else if (const auto* copy = std::get_if<build::CopyStep>(&step.action))
            copy_step(step, *copy);
        else
            workdir_step(step, std::get<build::WorkdirStep>(step.action));
    } catch (BuildCommandFailed&) {
        throw;
    } catch (Error& error) {
        error.set_kind(ErrorKind::Failure); // 126 and 127 are what commands say
        // As Buildah begins; then where that is.
        const std::string step_text = cat("building at STEP \"", instruction.keyword_as_written, " ", instruction.text, "\"");
        if (error.message().starts_with(where))
            error.add_context(step_text);
        else
            error.add_context(cat(step_text, ": ", instruction.place.file, ":", instruction.place.line));
        throw;
    }
    oci::HistoryEntry entry;
    entry.created = step_time_;
    entry.created_by = step.created_by;
    entry.author = state_.image.author;
    if (engine_.identity().single_id && std::holds_alternative<build::RunStep>(step.action))
        entry.comment = plan_.records_owners ? "built with a single user id: changes of identity had no effect"
                                             : "built with a single user id: changes of owner and identity had no effect";
    entry.empty_layer = !made_layer_;
    state_.image.history.push_back(std::move(entry));
    state_.image.created = step_time_;
}

build::CacheKey StageBuilder::new_key(const build::Step& step, bool with_base) const
{
    build::CacheKey key;
    key.add("instruction", step.created_by);
    if (with_base)
        key.add("the layer below", layers_.top());
    key.add("platform", state_.image.platform.text());
    if (request_.timestamp)
        key.add("timestamp", cat(*request_.timestamp, request_.exact_times ? " exactly" : ""));
    if (engine_.identity().single_id)
        key.add("identity", plan_.records_owners ? "one id, owners kept" : "one id");
    return key;
}

std::optional<store::CachedStep> StageBuilder::find_step(const build::CacheKey& key, Look look)
{
    const store::BuildCache cache{engine_.store().root()};
    auto step = cache.find(key.hash());
    if (look == Look::Here || request_.cache_from.empty() || (step && (step->layer.empty() || engine_.store().layers().find(step->layer))))
        return step;
    step = fetch_cached_step(engine_, request_, key.hash(), layers_, plan_.lost_places, link_);
    if (step) {
        step->slot = slot_;
        step->inputs = key.inputs();
        cache.save(*step);
    }
    return step;
}

bool StageBuilder::try_cache(const build::CacheKey& key, Look look)
{
    if (!reads_cache())
        return false;
    const auto step = find_step(key, look);
    if (!step)
        return false;
    if (request_.cache_ttl && wall_now() - text::parse_rfc3339(step->created) > *request_.cache_ttl)
        return false;
    if (!step->layer.empty() && !layers_.try_add(engine_.store(), *step))
        return false;
    made_layer_ = !step->layer.empty();
    if (made_layer_)
        steps_.push_back({step->key, layers_.ids().size()});
    step_time_ = step->created;
    link_.step_done(true, step->layer.empty() ? step->key : without_algorithm(step->layer));
    return true;
}

void StageBuilder::explain_miss(const build::CacheKey& key, const Files& files)
{
    if (!request_.explain)
        return;
    if (!reads_cache()) {
        link_.note(request_.read_cache ? "not cached: --no-cache-filter" : "not cached: --no-cache");
        return;
    }
    // The newest record of the same place in the file, or else of the same instruction anywhere.
    std::optional<store::CachedStep> same_place, same_text;
    const auto instruction = key.inputs().find("instruction");
    for (store::CachedStep& step : store::BuildCache{engine_.store().root()}.list()) {
        if (step.key == key.hash()) {
            link_.note("not cached: what it made then has been removed, or is too old");
            return;
        }
        const auto text = step.inputs.find("instruction");
        if (step.slot == slot_ && (!same_place || same_place->used < step.used))
            same_place = std::move(step);
        else if (text != step.inputs.end() && text->second == instruction->second && (!same_text || same_text->used < step.used))
            same_text = std::move(step);
    }
    const auto& best = same_place ? same_place : same_text;
    if (!best) {
        link_.note("not cached: it has not been built before");
        return;
    }
    std::string text;
    for (const std::string& change : build::describe_changes(best->inputs, key.inputs()))
        text += (text.empty() ? "" : "; ") + change;
    if (const std::string changed = build::describe_changed_files(best->files, files); !best->files.empty() && !files.empty() && !changed.empty())
        text += cat(": ", changed);
    link_.note(cat("not cached: ", text));
}

void StageBuilder::step_made(const std::vector<build::CacheKey>& keys, std::optional<build::NewLayer> layer, const Files& files)
{
    store::CachedStep record;
    if (layer) {
        record.layer = layer->claim.layer().id;
        record.diff_id = layer->diff_id.text();
        record.tar_size = layer->descriptor.size;
        layers_.add(std::move(*layer));
        made_layer_ = true;
        for (const build::CacheKey& key : keys)
            steps_.push_back({key.hash(), layers_.ids().size()});
    }
    step_time_ = text::format_rfc3339_nano(request_.timestamp ? WallTime{std::chrono::seconds{*request_.timestamp}} : wall_now());
    record.created = step_time_;
    record.slot = slot_;
    record.files = files;
    for (const build::CacheKey& key : keys) {
        record.key = key.hash();
        record.inputs = key.inputs();
        store::BuildCache{engine_.store().root()}.save(record);
    }
    link_.step_done(false, record.layer.empty() ? shorter(record.key) : shorter(record.layer));
    all_cached_ = false;
}

void StageBuilder::config_step(const build::Step& step)
{
    build::CacheKey key = new_key(step);
    key.add("configuration", cat("sha256:", sha256_hex(state_.image.serialize())));
    if (try_cache(key, Look::Here))
        return;
    if (all_cached_)
        explain_miss(key);
    step_made({key}, std::nullopt);
}

void StageBuilder::run_step(const build::Step& step, const build::RunStep& run)
{
    RunMounts mounts{engine_, request_, sources_, lock_.name()};
    build::CacheKey key = new_key(step);
    add_run_inputs(key, run, request_);
    mounts.add_inputs(key, run, hashes_);
    if (try_cache(key))
        return;
    explain_miss(key);
    mounts.prepare(run);
    RunPlace place{layers_, state_.image, lock_.name(), step, plan_.records_owners};
    build::NewLayer layer = run_in_container(engine_, request_, place, run, mounts, link_);
    step_made({key}, std::move(layer));
}

void StageBuilder::copy_step(const build::Step& step, const build::CopyStep& copy)
{
    CopyWork work{engine_, request_, sources_, lock_.name(), layers_, link_, hashes_};
    build::CacheKey key = new_key(step, !copy.link);
    work.add_inputs(key, copy);
    std::vector<build::CacheKey> keys{key};
    if (try_cache(key))
        return;
    // Of a stage or an image, the files that are copied may be the same although the rest is not.
    if (work.has_deeper_inputs()) {
        build::CacheKey deeper = new_key(step, !copy.link);
        work.add_deeper_inputs(deeper, copy);
        if (try_cache(deeper)) {
            store::CachedStep record;
            record.layer = layers_.top();
            record.diff_id = layers_.diff_ids().back().text();
            record.tar_size = layers_.descriptors().back().size;
            record.created = step_time_;
            record.slot = slot_;
            record.key = key.hash();
            record.inputs = key.inputs();
            store::BuildCache{engine_.store().root()}.save(record);
            return;
        }
        keys.push_back(std::move(deeper));
    }
    explain_miss(keys.back(), work.files());
    step_made(keys, work.copy(copy), work.files());
}

void StageBuilder::workdir_step(const build::Step& step, const build::WorkdirStep& workdir)
{
    build::CacheKey key = new_key(step);
    key.add("user", workdir.user);
    if (try_cache(key))
        return;
    explain_miss(key);
    step_made({key}, make_working_directory(engine_, request_, lock_.name(), layers_, workdir));
}

void StageBuilder::squash()
{
    BuildLayers base;
    const std::size_t kept = request_.squash == BuildRequest::Squash::All ? 0 : base_layers_;
    if (layers_.ids().size() <= kept + 1 && kept > 0)
        return; // nothing to put together
    base.add(engine_.store(), {layers_.ids().begin(), layers_.ids().begin() + static_cast<std::ptrdiff_t>(kept)},
             {layers_.descriptors().begin(), layers_.descriptors().begin() + static_cast<std::ptrdiff_t>(kept)},
             {layers_.diff_ids().begin(), layers_.diff_ids().begin() + static_cast<std::ptrdiff_t>(kept)});
    base.add(squash_layers(engine_, request_, lock_.name(), base, layers_));
    layers_ = std::move(base);
    // The history has one line for the layer: the others become lines without one.
    std::vector<oci::HistoryEntry>& history = state_.image.history;
    std::size_t layer = 0;
    for (oci::HistoryEntry& entry : history)
        if (!entry.empty_layer && layer++ >= kept)
            entry.empty_layer = true;
    if (history.empty())
        history.push_back({step_time_, "/bin/sh -c #(nop) squash", "", "", true});
    history.back().empty_layer = false;
}

} // namespace skiff::engine
