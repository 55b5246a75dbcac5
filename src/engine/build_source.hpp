#pragma once

#include "build/source_tree.hpp"
#include "engine/build.hpp"
#include "engine/build_layers.hpp"
#include "engine/build_link.hpp"
#include "engine/build_tree.hpp"

#include <map>
#include <memory>
#include <string>

namespace skiff::engine {

/// One place that files come from: a directory of this machine, or layers of a stage or an image.
class BuildSource
{
  public:
    BuildSource(Engine& engine, const std::string& lock, const BuildContext& directory);
    BuildSource(Engine& engine, const std::string& lock, std::string name, BuildLayers layers);

    [[nodiscard]] bool is_directory() const { return directory_ != nullptr; }
    /// Of layers: the same text is the same tree.
    [[nodiscard]] std::string identity() const { return layers_.top(); }
    /// Mounts layers at the first call.
    [[nodiscard]] build::SourceTree tree();
    [[nodiscard]] const BuildContext& directory() const { return *directory_; }
    [[nodiscard]] const BuildLayers& layers() const { return layers_; }
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    Engine& engine_;
    const std::string& lock_;
    const BuildContext* directory_ = nullptr;
    std::string name_;
    BuildLayers layers_;
    std::unique_ptr<BuildTree> mounted_;
};

/// What COPY --from and RUN --mount from mean in one stage.
class BuildSources
{
  public:
    BuildSources(Engine& engine, const BuildRequest& request, std::size_t stage, StageLink& link, const std::string& lock);

    /// Empty: the context. Else a named context, an earlier stage by name or number, or an image, which is fetched when the policy says
    /// so. Throws Error(NotFound) "no stage or image found with that name".
    BuildSource& find(const std::string& from);

    /// As `pull` says it on this build's log.
    std::string ensure_image(const std::string& name, const PullOptions& options);

  private:
    std::unique_ptr<BuildSource> make(const std::string& from);

    Engine& engine_;
    const BuildRequest& request_;
    std::size_t stage_;
    StageLink& link_;
    const std::string& lock_;
    std::map<std::string, std::unique_ptr<BuildSource>> known_;
};

} // namespace skiff::engine
