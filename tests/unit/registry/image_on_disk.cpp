#include "image_on_disk.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/process.hpp"
#include "oci/index.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "support/raw_tar.hpp"

namespace skiff::registry {
namespace {

oci::Descriptor describe(std::string_view type, const std::string& data)
{
    oci::Descriptor descriptor;
    descriptor.media_type = type;
    descriptor.digest = oci::Digest::of(data);
    descriptor.size = data.size();
    return descriptor;
}

std::string blob_path(const std::string& data) { return cat("blobs/sha256/", sha256_hex(data)); }

} // namespace

std::string make_config(const std::vector<std::string>& plain_layers)
{
    std::string diff_ids;
    for (const std::string& layer : plain_layers)
        diff_ids += cat(diff_ids.empty() ? "" : ",", "\"sha256:", sha256_hex(layer), "\"");
    return cat(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[)", diff_ids, "]}}");
}

LayoutParts make_layout_image(const std::vector<std::string>& layers, const std::string& architecture)
{
    LayoutParts parts;
    parts.layers = layers;
    std::string config = make_config(layers);
    config.replace(config.find("amd64"), 5, architecture);
    oci::Manifest manifest;
    manifest.media_type = oci::media_type::oci_manifest;
    manifest.config = describe(oci::media_type::oci_config, config);
    for (const std::string& layer : layers) {
        manifest.layers.push_back(describe(oci::media_type::oci_layer, layer));
        parts.blobs.emplace_back(blob_path(layer), layer);
    }
    parts.manifest = manifest.serialize();
    parts.blobs.emplace_back(blob_path(config), config);
    parts.blobs.emplace_back(blob_path(parts.manifest), parts.manifest);
    return parts;
}

Files make_layout(const std::vector<LayoutEntry>& entries, const Files& blobs)
{
    oci::Index index;
    index.media_type = oci::media_type::oci_index;
    for (const LayoutEntry& entry : entries) {
        index.manifests.push_back(describe(oci::media_type::oci_manifest, entry.manifest));
        for (const auto& [key, value] : entry.annotations)
            index.manifests.back().annotations[key] = value;
        if (!entry.architecture.empty())
            index.manifests.back().platform = oci::Platform{"linux", entry.architecture, "", "", {}};
    }
    Files files{{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}, {"index.json", index.serialize()}};
    files.insert(files.end(), blobs.begin(), blobs.end());
    return files;
}

Files make_docker_archive(const std::string& tags_json, const std::vector<std::string>& layers,
                          const std::string& config)
{
    Files files;
    std::string names;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const bool is_repeated = i > 0 && layers[i] == layers[i - 1];
        files.emplace_back(cat("id", i, "/layer.tar"), is_repeated ? cat("-> ../id", i - 1, "/layer.tar") : layers[i]);
        names += cat(i > 0 ? "," : "", "\"id", i, "/layer.tar\"");
    }
    const std::string config_name = cat(sha256_hex(config), ".json");
    files.emplace_back(config_name, config);
    files.emplace_back("manifest.json", cat("[{\"Config\":\"", config_name, "\",\"RepoTags\":", tags_json,
                                            ",\"Layers\":[", names, "]}]"));
    return files;
}

std::string make_tar(const Files& files)
{
    test::RawTar tar;
    for (const auto& [name, content] : files) {
        if (content.starts_with("-> "))
            tar.symlink(name, content.substr(3));
        else
            tar.file(name, content);
    }
    return tar.finish();
}

void write_files(const std::string& directory, const Files& files)
{
    for (const auto& [name, content] : files) {
        const std::string path = cat(directory, "/", name);
        make_directories(path.substr(0, path.rfind('/')));
        save_atomically(AT_FDCWD, path, content, Durability::None);
    }
}

std::string compress_with(const char* program, const std::string& data)
{
    const auto path = find_system_program(program);
    if (!path)
        return {};
    SpawnRequest request;
    request.argv = {*path, "-c"};
    return run_process(std::move(request), data, 64U << 20U).output;
}

} // namespace skiff::registry
