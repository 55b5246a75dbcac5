#include "engine/build_layers.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "engine/remove.hpp"
#include "model/build_container.hpp"
#include "oci/media_type.hpp"

#include <dirent.h>
#include <set>
#include <unistd.h>

namespace skiff::engine {
namespace {

constexpr std::string_view lock_prefix = "build-";

/// Locks that no process holds; they are gone afterwards.
std::set<std::string> take_dead_locks(const store::Root& root)
{
    std::set<std::string> dead;
    const auto locks = find_at(root.run(), "locks", O_RDONLY | O_DIRECTORY);
    if (!locks)
        return dead;
    for (const DirectoryEntry& entry : list_directory(locks->get())) {
        if (!entry.name.starts_with(lock_prefix))
            continue;
        if (entry.type == DT_DIR) { // secrets
            if (!FileLock::is_held(locks->get(), entry.name.substr(0, entry.name.find('.'))))
                remove_tree_at(locks->get(), entry.name);
            continue;
        }
        if (const auto lock = root.try_lock(entry.name)) {
            dead.insert(entry.name);
            store::sweep_staging_of(root, entry.name);
            ::unlinkat(locks->get(), entry.name.c_str(), 0);
        }
    }
    return dead;
}

} // namespace

BuildLock::BuildLock(Engine& engine)
    : engine_{engine}, name_{cat(lock_prefix, random_hex(6))}, lock_{engine.store().root().lock(name_)}
{
}

BuildLock::~BuildLock() { ::unlinkat(engine_.store().root().run(), cat("locks/", name_).c_str(), 0); }

void sweep_builds(Engine& engine, bool thorough)
{
    const store::Root& root = engine.store().root();
    const std::set<std::string> dead = take_dead_locks(root);
    if (dead.empty() && !thorough)
        return;
    for (const store::ContainerRecord& record : engine.store().containers().list()) {
        if (!is_of_build(record.config))
            continue;
        const std::string& lock = record.config.annotations.at(build_annotation);
        if (!dead.contains(lock) && FileLock::is_held(root.run(), cat("locks/", lock)))
            continue;
        try {
            remove_container(engine, record.config.id, {true, true, false, 0});
        } catch (const Error& error) {
            log::warn(cat("removing what a build has left: ", error.message(), "; ignored"));
        }
    }
}

void BuildLayers::add(const store::Store& store, const std::vector<std::string>& ids, const std::vector<oci::Descriptor>& descriptors,
                      const std::vector<oci::Digest>& diff_ids)
{
    for (const std::string& id : ids) {
        claims_.push_back(store.layers().claim(id));
        if (!claims_.back().is_present())
            throw Error{ErrorKind::NotFound, cat(id, ": layer not known")}.with_hint("it has been removed meanwhile; try again");
    }
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    descriptors_.insert(descriptors_.end(), descriptors.begin(), descriptors.end());
    diff_ids_.insert(diff_ids_.end(), diff_ids.begin(), diff_ids.end());
}

void BuildLayers::add(build::NewLayer layer)
{
    ids_.push_back(layer.claim.layer().id);
    descriptors_.push_back(std::move(layer.descriptor));
    diff_ids_.push_back(layer.diff_id);
    claims_.push_back(std::move(layer.claim));
}

bool BuildLayers::try_add(const store::Store& store, const store::CachedStep& step)
{
    const auto layer = store.layers().find(step.layer);
    if (!layer || layer->parent != top() || layer->diff_id != step.diff_id)
        return false;
    store::LayerClaim claim = store.layers().claim(step.layer);
    if (!claim.is_present())
        return false;
    oci::Descriptor descriptor;
    descriptor.media_type = oci::media_type::oci_layer;
    descriptor.digest = oci::Digest::parse(step.diff_id);
    descriptor.size = step.tar_size;
    add(build::NewLayer{std::move(claim), descriptor.digest, descriptor});
    return true;
}

void BuildLayers::clear()
{
    claims_.clear();
    ids_.clear();
    descriptors_.clear();
    diff_ids_.clear();
}

} // namespace skiff::engine
