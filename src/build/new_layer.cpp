#include "build/new_layer.hpp"

#include "archive/layer_recorder.hpp"
#include "archive/layer_writer.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "oci/media_type.hpp"
#include "rootfs/pack_changes.hpp"

namespace skiff::build {
namespace {

UniqueFd create_tar_split(const store::LayerDraft& draft)
{
    return open_at(draft.directory(), "tar-split.zst", O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

NewLayer commit_draft(const store::Store& store, store::LayerDraft draft, const archive::UnpackResult& result, bool single_id)
{
    for (const std::string& warning : result.warnings)
        log::warn(cat("new layer: ", warning));
    store::Layer layer;
    layer.diff_id = result.diff_id;
    layer.size = result.unpacked_bytes;
    layer.files = result.files;
    layer.tar_size = result.plain_size;
    layer.media_type = oci::media_type::oci_layer;
    layer.one_id = single_id;
    oci::Descriptor descriptor;
    descriptor.media_type = oci::media_type::oci_layer;
    descriptor.digest = oci::Digest::parse(result.diff_id);
    descriptor.size = result.plain_size;
    return {store.layers().commit(std::move(draft), std::move(layer)), descriptor.digest, descriptor};
}

} // namespace

NewLayer make_layer(const store::Store& store, const std::string& parent, bool single_id,
                    const std::function<void(archive::EntrySink&)>& write)
{
    store::LayerDraft draft = store.layers().draft(parent);
    archive::UnpackResult result;
    {
        const UniqueFd tar_split = create_tar_split(draft);
        archive::LayerWriter writer{{draft.diff(), tar_split.get(), single_id, "new layer"}};
        write(writer);
        result = writer.finish();
    }
    return commit_draft(store, std::move(draft), result, single_id);
}

NewLayer make_layer_of_changes(const store::Store& store, const std::string& parent, bool single_id,
                               const rootfs::RootfsRequest& tree, const std::vector<rootfs::Change>& changes)
{
    return make_layer(store, parent, single_id,
                      [&](archive::EntrySink& sink) { rootfs::pack_changes(tree, changes, sink); });
}

NewLayer take_layer_of_changes(const store::Store& store, const std::string& parent, bool single_id,
                               const rootfs::RootfsRequest& tree, const std::vector<rootfs::Change>& changes)
{
    const std::string directory = rootfs::changes_directory(tree);
    if (single_id || !rootfs::can_become_layer(tree) || !exists_at(AT_FDCWD, directory))
        return make_layer_of_changes(store, parent, single_id, tree, changes);
    store::LayerDraft draft = store.layers().draft(parent);
    archive::UnpackResult result;
    {
        const UniqueFd tar_split = create_tar_split(draft);
        archive::LayerRecorder recorder{tar_split.get()};
        rootfs::pack_changes(tree, changes, recorder);
        result = recorder.finish();
    }
    rootfs::drop_other_changes(tree, changes);
    if (!draft.take_diff(AT_FDCWD, directory))
        return make_layer_of_changes(store, parent, single_id, tree, changes);
    return commit_draft(store, std::move(draft), result, single_id);
}

} // namespace skiff::build
