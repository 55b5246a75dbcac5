#include "engine/volume_archive.hpp"

#include "archive/pack.hpp"
#include "archive/tar_writer.hpp"
#include "archive/unpack_worker.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

namespace skiff::engine {
namespace {

UniqueFd open_data(Engine& engine, const std::string& name)
{
    engine.enter_user_namespace(); // the files belong to subordinate ids
    const store::Volumes& volumes = engine.store().volumes();
    return open_at(AT_FDCWD, volumes.data_path(volumes.resolve(name).name), O_RDONLY | O_DIRECTORY);
}

} // namespace

void export_volume(Engine& engine, const std::string& name, int output)
{
    const UniqueFd data = open_data(engine, name);
    archive::FdSink sink{output};
    archive::TarWriter writer{sink};
    archive::Packer packer{writer, {}};
    packer.add_below(data.get());
    writer.finish();
    if (packer.left_out() > 0)
        log::warn(cat(packer.left_out(), " sockets of volume ", quoted(name), " are left out"));
}

void import_volume(Engine& engine, const std::string& name, int input)
{
    const UniqueFd data = open_data(engine, name);
    archive::UnpackRequest request;
    request.diff_dir = data.get();
    request.input = input;
    request.single_id = engine.identity().single_id;
    request.plain_tree = true;
    request.title = name;
    for (const std::string& warning : archive::UnpackJob::start(request).finish().warnings)
        log::warn(cat("volume ", quoted(name), ": ", warning));
    store::Volume volume = engine.store().volumes().resolve(name);
    if (volume.needs_copy_up || volume.needs_owner) { // it has content now
        volume.needs_copy_up = volume.needs_owner = false;
        engine.store().volumes().save(volume);
    }
}

} // namespace skiff::engine
