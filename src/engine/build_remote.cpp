#include "engine/build_remote.hpp"

#include "base/error.hpp"
#include "engine/pull.hpp"
#include "registry/url.hpp"

namespace skiff::engine {

RemoteSources::RemoteSources(Engine& engine, const BuildRequest& request, const std::string& lock, const build::CopyStep& copy)
{
    for (const std::string& source : copy.sources) {
        if (!copy.is_add || !build::RemoteSource::is_remote(source)) {
            local_.push_back(source);
            continue;
        }
        store::Staging staging{engine.store().root(), lock};
        build::RemoteSourceRequest wanted;
        wanted.source = source;
        wanted.checksum = copy.checksum;
        wanted.keep_git_dir = copy.keep_git_dir;
        wanted.unpack = copy.unpack;
        wanted.excludes = copy.excludes;
        wanted.scratch = staging.absolute_path();
        wanted.transport = make_transport_options(engine, request.pull_options);
        build::RemoteSource fetched = build::RemoteSource::fetch(wanted);
        fetched_.push_back({std::move(staging), std::move(fetched), registry::shown_address(source)});
    }
}

void RemoteSources::add_inputs(build::CacheKey& key) const
{
    for (const Fetched& fetched : fetched_)
        key.add(cat("content of ", fetched.address), fetched.source.key());
}

void RemoteSources::copy(const build::CopyTarget& target, const std::optional<build::CopyOwner>& owner) const
{
    for (const Fetched& fetched : fetched_)
        while_doing(cat("adding ", quoted(fetched.address)), [&] { fetched.source.copy(target, owner); });
}

} // namespace skiff::engine
