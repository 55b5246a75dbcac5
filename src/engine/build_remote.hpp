#pragma once

#include "build/cache_key.hpp"
#include "build/remote_source.hpp"
#include "build/step.hpp"
#include "engine/build.hpp"
#include "store/staging.hpp"

#include <list>
#include <string>
#include <vector>

namespace skiff::engine {

/// The sources of one ADD that are no paths: addresses and repositories. They are fetched to know what they are, and lie in staging
/// directories until they have been copied.
class RemoteSources
{
  public:
    /// Fetches those of `copy`; the rest are local().
    RemoteSources(Engine& engine, const BuildRequest& request, const std::string& lock, const build::CopyStep& copy);

    [[nodiscard]] const std::vector<std::string>& local() const { return local_; }
    void add_inputs(build::CacheKey& key) const;
    void copy(const build::CopyTarget& target, const std::optional<build::CopyOwner>& owner) const;

  private:
    struct Fetched
    {
        store::Staging staging;
        build::RemoteSource source;
        std::string address;
    };
    std::vector<std::string> local_;
    std::list<Fetched> fetched_;
};

} // namespace skiff::engine
