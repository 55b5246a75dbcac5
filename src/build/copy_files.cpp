#include "build/copy_files.hpp"

#include "archive/pack.hpp"
#include "archive/tree_writer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace skiff::build {
namespace {

std::string name_of(std::string_view path) { return std::string{path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1)}; }

/// Gives entries their new owner and mode. Directories that the filter hides come only when something below them does.
class CopySink : public archive::EntrySink
{
  public:
    using Wants = std::function<bool(const std::string& path)>;
    CopySink(archive::TreeWriter& writer, const CopyTarget& target, Wants wants) : writer_(writer), target_(target), wants_(std::move(wants)) {}

    void add(const archive::TarEntry& entry) override
    {
        if (entry.type == archive::EntryType::Directory && !wants_(entry.path)) {
            while (!hidden_.empty() && !entry.path.starts_with(cat(hidden_.back().path, "/")))
                hidden_.pop_back();
            hidden_.push_back(entry);
            return;
        }
        for (const archive::TarEntry& directory : hidden_)
            if (entry.path.starts_with(cat(directory.path, "/")))
                write(directory);
        hidden_.clear();
        write(entry);
    }

    void content(std::string_view bytes) override { writer_.content(bytes); }
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

  private:
    void write(archive::TarEntry entry)
    {
        entry.uid = target_.owner.uid;
        entry.gid = target_.owner.gid;
        if (target_.mode && (entry.type == archive::EntryType::Regular || entry.type == archive::EntryType::Directory))
            entry.mode = target_.mode->apply(entry.mode, entry.type == archive::EntryType::Directory);
        writer_.add(entry);
        ++entries_;
    }

    archive::TreeWriter& writer_;
    const CopyTarget& target_;
    Wants wants_;
    std::vector<archive::TarEntry> hidden_; ///< directories on the way down
    std::uint64_t entries_ = 0;
};

/// What is hidden is only entered when it is a directory, links not followed.
bool is_directory_in(int tree, const std::string& path)
{
    struct stat status{};
    const auto place = find_beneath(tree, path, O_PATH | O_NOFOLLOW);
    return place && ::fstat(place->get(), &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace

CopyResult copy_sources(const SourceTree& tree, const SourceSelection& selection, const std::vector<SelectedSource>& sources, const CopyTarget& target)
{
    const SourceFilter filter{tree, selection};
    archive::TreeWriter writer{target.root, "", make_writer_options(target)};
    const std::string destination = destination_of(target);
    const bool into_directory = leads_to_directory(target);
    CopyResult result;
    for (const SelectedSource& source : sources) {
        const bool is_tree = S_ISDIR(source.status.st_mode);
        // What the source's own path becomes.
        std::string place = join_names(destination, source.prefix);
        if (!is_tree && (into_directory || target.destination.ends_with('/') || selection.parents))
            place = join_names(place, name_of(source.path));

        archive::PackOptions options;
        options.overrides = tree.ignore == nullptr && target.sources_are_layers;
        options.map_owner = [](const archive::Ownership& owner) { return archive::Ownership{0, 0, owner.mode}; };
        // From the name in the target back to the one in the source.
        const auto below_source = [&](std::string_view path) { return std::string{path.substr(std::min(place.empty() ? 0 : place.size() + 1, path.size()))}; };
        options.wants = [&](std::string_view path) {
            if (!is_tree)
                return true;
            const std::string below = below_source(path);
            const std::string in_tree = join_names(source.path, below);
            return filter.wants(in_tree, below) || (filter.may_want_below(in_tree, below) && is_directory_in(source.fd.get(), below));
        };
        CopySink sink{writer, target, [&](const std::string& path) {
                          const std::string below = below_source(path);
                          return filter.wants(join_names(source.path, below), below);
                      }};
        archive::Packer packer{sink, std::move(options)};
        if (is_tree) {
            if (!place.empty() && !find_beneath(target.root, place, O_PATH))
                make_destination(writer, target, place);
            const UniqueFd dir = open_at(AT_FDCWD, proc_fd_path(source.fd.get()), O_RDONLY | O_DIRECTORY);
            packer.add_below(dir.get(), place.empty() ? "" : place + "/");
        } else {
            packer.add_open(source.fd.get(), place);
        }
        result.files += sink.entries();
        result.left_out += packer.left_out();
    }
    writer.finish();
    result.left_out += writer.left_out();
    return result;
}

void copy_new_file(const NewFile& file, std::uint64_t size, const std::function<void(const std::function<void(std::string_view)>& write)>& content, const CopyTarget& target)
{
    archive::TreeWriter writer{target.root, "", make_writer_options(target)};
    archive::TarEntry entry;
    entry.path = destination_of(target);
    if (target.destination.ends_with('/') || leads_to_directory(target))
        entry.path = join_names(entry.path, file.name);
    entry.mode = target.mode ? target.mode->apply(file.mode, false) : file.mode;
    entry.uid = target.owner.uid;
    entry.gid = target.owner.gid;
    entry.size = size;
    entry.modified = file.modified_s ? archive::EntryTime{*file.modified_s, 0} : now();
    writer.add(entry);
    content([&](std::string_view bytes) { writer.content(bytes); });
    writer.finish();
}

} // namespace skiff::build
