#include "raw_image.hpp"

#include "base/cat.hpp"
#include "base/hash.hpp"
#include "raw_tar.hpp"

#include <algorithm>

namespace skiff::test {
namespace {

std::string diff_id_of(const RawLayer& layer) { return layer.diff_id.empty() ? digest_of(layer.bytes) : layer.diff_id; }

std::string blob_path(const std::string& data) { return cat("blobs/sha256/", sha256_hex(data)); }

} // namespace

std::string digest_of(std::string_view data) { return cat("sha256:", sha256_hex(data)); }

std::string make_descriptor(std::string_view media_type, std::string_view data)
{
    return cat(R"({"mediaType":")", media_type, R"(","digest":")", digest_of(data), R"(","size":)", data.size(), "}");
}

std::string make_raw_config(const std::vector<RawLayer>& layers, const std::string& config)
{
    std::string diff_ids;
    for (const RawLayer& layer : layers)
        diff_ids += cat(diff_ids.empty() ? "" : ",", "\"", diff_id_of(layer), "\"");
    return cat(R"({"architecture":"amd64","os":"linux","config":)", config, R"(,"rootfs":{"type":"layers","diff_ids":[)", diff_ids,
               "]}}");
}

std::string make_raw_manifest(const std::string& config, const std::vector<RawLayer>& layers)
{
    std::string list;
    for (const RawLayer& layer : layers)
        list += cat(list.empty() ? "" : ",", make_descriptor(layer.media_type, layer.bytes));
    return cat(R"({"schemaVersion":2,"mediaType":")", oci_manifest_type, R"(","config":)", make_descriptor(oci_config_type, config),
               R"(,"layers":[)", list, "]}");
}

RawFiles make_raw_docker_archive(const std::string& name, const std::vector<RawLayer>& layers, const std::string& config)
{
    RawFiles files{{"config.json", make_raw_config(layers, config)}};
    std::string names;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        files.emplace_back(cat("layer", i, ".tar"), layers[i].bytes);
        names += cat(i > 0 ? "," : "", "\"layer", i, ".tar\"");
    }
    files.emplace_back("manifest.json",
                       cat(R"([{"Config":"config.json","RepoTags":[")", name, R"("],"Layers":[)", names, "]}]"));
    return files;
}

RawFiles make_raw_layout(const std::string& name, const std::vector<RawLayer>& layers, const std::string& config)
{
    const std::string config_text = make_raw_config(layers, config);
    const std::string manifest = make_raw_manifest(config_text, layers);
    std::string entry = make_descriptor(oci_manifest_type, manifest);
    entry.insert(entry.size() - 1, cat(R"(,"annotations":{"org.opencontainers.image.ref.name":")", name, "\"}"));
    RawFiles files{{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
                   {"index.json", cat(R"({"schemaVersion":2,"manifests":[)", entry, "]}")},
                   {blob_path(manifest), manifest},
                   {blob_path(config_text), config_text}};
    for (const RawLayer& layer : layers)
        files.emplace_back(blob_path(layer.bytes), layer.bytes);
    return files;
}

void set_file(RawFiles& files, const std::string& name, std::string content)
{
    const auto found = std::ranges::find(files, name, &RawFiles::value_type::first);
    if (found == files.end())
        files.emplace_back(name, std::move(content));
    else
        found->second = std::move(content);
}

std::string make_raw_archive(const RawFiles& files)
{
    RawTar tar;
    for (const auto& [name, content] : files) {
        if (content.starts_with("-> "))
            tar.symlink(name, content.substr(3));
        else
            tar.file(name, content);
    }
    return tar.finish();
}

} // namespace skiff::test
