#include "engine/build_source.hpp"

#include "base/error.hpp"
#include "engine/pull.hpp"

namespace skiff::engine {
namespace {

/// What fetching an image tells goes to the build's log.
class PullLog : public Progress
{
  public:
    explicit PullLog(StageLink& link) : link_{link} {}
    void say(const std::string& line) override { link_.say(line); }
    void blob(const std::string& /*id*/, std::uint64_t /*done*/, std::uint64_t /*total*/) override {}
    void blob_done(const std::string& id, const std::string& note) override { link_.say(cat("Copying blob ", id, " ", note)); }

  private:
    StageLink& link_;
};

} // namespace

BuildSource::BuildSource(Engine& engine, const std::string& lock, const BuildContext& directory)
    : engine_{engine}, lock_{lock}, directory_{&directory}, name_{directory.name}
{
}

BuildSource::BuildSource(Engine& engine, const std::string& lock, std::string name, BuildLayers layers)
    : engine_{engine}, lock_{lock}, name_{std::move(name)}, layers_{std::move(layers)}
{
}

build::SourceTree BuildSource::tree()
{
    build::SourceTree tree;
    tree.name = name_;
    if (directory_ != nullptr) {
        tree.root = directory_->root.get();
        tree.ignore = &directory_->ignore;
        return tree;
    }
    if (!mounted_)
        mounted_ = std::make_unique<BuildTree>(engine_, lock_, layers_.ids(), BuildTree::Access::ReadOnly);
    tree.root = mounted_->root();
    return tree;
}

BuildSources::BuildSources(Engine& engine, const BuildRequest& request, std::size_t stage, StageLink& link, const std::string& lock)
    : engine_{engine}, request_{request}, stage_{stage}, link_{link}, lock_{lock}
{
}

BuildSource& BuildSources::find(const std::string& from)
{
    auto& known = known_[from];
    if (!known)
        known = make(from);
    return *known;
}

std::unique_ptr<BuildSource> BuildSources::make(const std::string& from)
{
    if (from.empty())
        return std::make_unique<BuildSource>(engine_, lock_, request_.context);
    std::string image = from;
    if (const auto named = request_.named_contexts.find(from); named != request_.named_contexts.end()) {
        if (const auto* directory = std::get_if<BuildContext>(&named->second.what))
            return std::make_unique<BuildSource>(engine_, lock_, *directory);
        image = std::get<std::string>(named->second.what);
    } else if (const auto stage = build::find_stage(request_.file, from, stage_)) {
        const StageImage result = link_.need(*stage);
        BuildLayers layers;
        layers.add(engine_.store(), result.layers, result.draft.layers, result.draft.diff_ids);
        return std::make_unique<BuildSource>(engine_, lock_, cat("stage ", quoted(from)), std::move(layers));
    }
    const std::string id = ensure_image(image, request_.pull_options);
    const auto found = engine_.store().images().find_id(id);
    if (!found)
        throw Error{ErrorKind::NotFound, cat(image, ": image not known")};
    const build::ImageDraft draft = build::ImageDraft::from(engine_.store(), *found);
    BuildLayers layers;
    layers.add(engine_.store(), found->layers, draft.layers, draft.diff_ids);
    return std::make_unique<BuildSource>(engine_, lock_, cat("image ", quoted(from)), std::move(layers));
}

std::string BuildSources::ensure_image(const std::string& name, const PullOptions& options)
{
    PullLog log{link_};
    return engine::ensure_image(engine_, name, request_.pull, options, log);
}

} // namespace skiff::engine
