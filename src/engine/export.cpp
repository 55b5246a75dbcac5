#include "engine/export.hpp"

#include "archive/pack.hpp"
#include "archive/tar_writer.hpp"
#include "base/error.hpp"
#include "engine/container_files.hpp"

namespace skiff::engine {

void export_container(Engine& engine, const std::string& id, int output)
{
    const ContainerFiles files{engine, id};
    const UniqueFd root = files.open_root_alone(engine);
    archive::PackOptions options;
    options.map_owner = [&](const archive::Ownership& owner) { return files.inside(owner); };
    archive::FdSink sink{output};
    archive::TarWriter writer{sink};
    archive::Packer packer{writer, std::move(options)};
    while_doing(cat("exporting container ", id), [&] {
        packer.add_below(root.get());
        writer.finish();
    });
}

} // namespace skiff::engine
