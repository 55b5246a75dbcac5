#include "registry/open_destination.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/manifest.hpp"
#include "registry/registry_destination.hpp"

#include <sys/stat.h>

namespace skiff::registry {
namespace {

/// One image with the archive that it is alone in.
class OnlyImage final : public ImageDestination
{
  public:
    OnlyImage(std::unique_ptr<ImageArchive> archive, std::vector<std::string> names)
        : archive_{std::move(archive)}, image_{archive_->add_image(std::move(names))}
    {
    }
    [[nodiscard]] LayerForm layer_form() const override { return image_->layer_form(); }
    [[nodiscard]] std::string manifest_kind() const override { return image_->manifest_kind(); }
    [[nodiscard]] bool takes_indexes() const override { return image_->takes_indexes(); }
    [[nodiscard]] unsigned parallel() const override { return image_->parallel(); }
    [[nodiscard]] std::string shown_name() const override { return image_->shown_name(); }
    bool find_blob(const oci::Descriptor& blob, const std::vector<std::string>& repositories) override
    {
        return image_->find_blob(blob, repositories);
    }
    BlobFacts put_blob(const OutgoingBlob& blob) override { return image_->put_blob(blob); }
    void put_config(const std::string& bytes) override { image_->put_config(bytes); }
    void put_manifest(const std::string& bytes, const std::string& media_type, bool is_part) override
    {
        image_->put_manifest(bytes, media_type, is_part);
    }
    void commit() override
    {
        image_->commit();
        archive_->finish();
    }

  private:
    std::unique_ptr<ImageArchive> archive_;
    std::unique_ptr<ImageDestination> image_;
};

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// Somebody's own files shall not be mixed with ours.
void require_own_or_empty(const std::string& path, const char* mark)
{
    if (is_there(path) && !is_there(cat(path, "/", mark)) &&
        !list_directory(AT_FDCWD, path).empty())
        throw Error{ErrorKind::Failure,
                    cat("not a containers image directory, don't want to overwrite important data: ", skiff::quoted(path))};
}

std::string shown_path(DiskFormat format, const std::string& path)
{
    switch (format) {
    case DiskFormat::DockerArchive:
        return cat("docker-archive:", path);
    case DiskFormat::OciArchive:
        return cat("oci-archive:", path);
    case DiskFormat::OciDirectory:
        return cat("oci:", path);
    case DiskFormat::DockerDirectory:
        break;
    }
    return cat("dir:", path);
}

LayerForm form_of(const ArchivePlan& plan)
{
    if (plan.layers != LayerForm::Kept || plan.format == DiskFormat::DockerDirectory)
        return plan.layers;
    return LayerForm::Compressed;
}

std::unique_ptr<ImageArchive> in_tar(std::unique_ptr<OutputFile> output, const ArchivePlan& plan, const std::string& path)
{
    auto shelf = make_tar_shelf(std::move(output), plan.temp_dir);
    ArchiveOptions options{form_of(plan), shown_path(plan.format, path)};
    if (plan.format == DiskFormat::DockerArchive)
        return make_docker_archive(std::move(shelf), std::move(options));
    return make_oci_layout(std::move(shelf), std::move(options));
}

} // namespace

std::unique_ptr<ImageArchive> create_archive(const std::string& path, const ArchivePlan& plan)
{
    ArchiveOptions options{form_of(plan), shown_path(plan.format, path)};
    if (plan.format == DiskFormat::OciDirectory) {
        require_own_or_empty(path, "index.json");
        const std::string index = find_file(AT_FDCWD, cat(path, "/index.json"), oci::max_manifest_bytes).value_or("");
        return make_oci_layout(make_directory_shelf(path), std::move(options), index);
    }
    if (plan.format == DiskFormat::DockerDirectory) {
        require_own_or_empty(path, "version");
        return make_directory_image(make_directory_shelf(path), std::move(options));
    }
    return in_tar(std::make_unique<OutputFile>(path, plan.if_there), plan, path);
}

std::unique_ptr<ImageArchive> create_archive(int fd, const ArchivePlan& plan)
{
    if (plan.format == DiskFormat::OciDirectory || plan.format == DiskFormat::DockerDirectory)
        throw Error{ErrorKind::Usage, "a directory cannot be written to standard output"};
    return in_tar(std::make_unique<OutputFile>(fd), plan, "-");
}

std::unique_ptr<ImageDestination> open_destination(const TransportName& name, LayerForm layers,
                                                   const ConfigPlaces& places, const TransportOptions& options)
{
    if (name.transport == "docker")
        return open_registry_destination(oci::Reference::parse_normalized(name.rest).with_default_tag(), places, options);
    const std::size_t colon = name.transport == "dir" ? std::string::npos : name.rest.find(':');
    const std::string path = name.rest.substr(0, colon);
    std::vector<std::string> names;
    if (colon != std::string::npos && colon + 1 < name.rest.size())
        names.push_back(name.rest.substr(colon + 1));
    if (path.empty())
        throw Error{ErrorKind::Usage, cat("invalid reference format: ", name.transport, ": needs a path")};
    ArchivePlan plan;
    plan.layers = layers;
    plan.temp_dir = options.temp_dir;
    if (name.transport == "docker-archive") {
        for (std::string& each : names)
            each = oci::Reference::parse_normalized(each).with_default_tag().text();
        plan.if_there = OutputFile::IfThere::Refuse;
    }
    plan.format = name.transport == "docker-archive" ? DiskFormat::DockerArchive
                  : name.transport == "oci-archive"  ? DiskFormat::OciArchive
                  : name.transport == "oci"          ? DiskFormat::OciDirectory
                                                     : DiskFormat::DockerDirectory;
    try {
        return std::make_unique<OnlyImage>(create_archive(path, plan), std::move(names));
    } catch (Error& error) {
        if (error.errno_value() == EEXIST)
            throw Error{ErrorKind::Failure, cat("docker-archive doesn't support modifying existing images: ", skiff::quoted(path))};
        throw;
    }
}

} // namespace skiff::registry
