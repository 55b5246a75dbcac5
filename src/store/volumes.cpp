#include "store/volumes.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/record_fields.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"
#include "store/staging.hpp"

#include <algorithm>

namespace skiff::store {

template <typename Fields>
void describe(Fields& field, record::Of<Volume>)
{
    field("name", &Volume::name);
    field("driver", &Volume::driver);
    field("created", &Volume::created);
    field("labels", &Volume::labels);
    field("options", &Volume::options);
    field("anonymous", &Volume::anonymous);
    field("needs_copy_up", &Volume::needs_copy_up);
    field("needs_owner", &Volume::needs_owner);
}

namespace {

std::string path_of(const std::string& name) { return cat("volumes/", name); }
std::string record_path(const std::string& name) { return cat("volumes/", name, "/volume.json"); }

Error no_such_volume(const std::string& text)
{
    return Error{ErrorKind::NotFound, cat("no volume with name \"", printable(text), "\" found: no such volume")};
}

} // namespace

void Volumes::create(const Volume& volume, const StoreUse& /*use*/) const
{
    require_valid_name(volume.name);
    Staging staging{*root_, Staging::by_use};
    save_atomically(staging.fd(), "volume.json", record::to_text(volume),
                    volume.anonymous ? Durability::None : Durability::Fsync);
    const UniqueFd data = make_directory_at(staging.fd(), "_data", 0755);
    if (::fchmod(data.get(), 0755) != 0) // whatever the umask says
        throw Error{errno, cat("preparing volume ", skiff::quoted(volume.name))};
    const FileLock names = root_->lock("volumes");
    if (exists_at(root_->data(), record_path(volume.name)))
        throw Error{ErrorKind::InUse, cat("volume with name ", volume.name, " already exists: volume already exists")};
    (void)move_to_trash(*root_, path_of(volume.name), "volume.json"); // what a removal on a full disk left half done
    staging.commit(path_of(volume.name));
}

std::optional<Volume> Volumes::find_exact(const std::string& name) const
{
    const auto text = is_valid_name(name) ? find_record(root_->data(), record_path(name)) : std::nullopt;
    if (!text)
        return std::nullopt;
    Volume volume = while_doing(cat("volume ", skiff::quoted(name)),
                                [&] { return record::from_text<Volume>(*text, "volume record"); });
    volume.name = name;
    return volume;
}

std::optional<Volume> Volumes::find(const std::string& text) const
{
    if (auto volume = find_exact(text); volume || text.empty())
        return volume;
    std::optional<std::string> found;
    for (const DirectoryEntry& entry : list_place(root_->data(), "volumes")) {
        if (!entry.name.starts_with(text))
            continue;
        if (found)
            throw Error{ErrorKind::Failure,
                        cat("more than one result for volume name \"", printable(text), "\": volume already exists")};
        found = entry.name;
    }
    return found ? find_exact(*found) : std::nullopt;
}

Volume Volumes::resolve(const std::string& text) const
{
    auto volume = find(text);
    if (!volume)
        throw no_such_volume(text);
    return std::move(*volume);
}

std::vector<Volume> Volumes::list() const
{
    std::vector<Volume> volumes;
    for (const DirectoryEntry& entry : list_place(root_->data(), "volumes")) {
        try {
            if (auto volume = find_exact(entry.name))
                volumes.push_back(std::move(*volume));
        } catch (const Error& error) {
            if (error.errno_value() != 0)
                throw;
            log::warn(cat(error.message(), "; left out"));
        }
    }
    std::sort(volumes.begin(), volumes.end(), [](const Volume& a, const Volume& b) { return a.name < b.name; });
    return volumes;
}

void Volumes::save(const Volume& volume) const
{
    if (!find_exact(volume.name))
        throw no_such_volume(volume.name);
    save_atomically(root_->data(), record_path(volume.name), record::to_text(volume),
                    volume.anonymous ? Durability::None : Durability::Fsync);
}

bool Volumes::remove(const std::string& name) const
{
    if (!is_valid_name(name))
        return false;
    {
        const FileLock names = root_->lock("volumes");
        if (!move_to_trash(*root_, path_of(name), "volume.json"))
            return false;
        remove_file_at(root_->run(), cat("locks/tmpfs-", name)); // monitor/mounted_volume
        // Thousands of anonymous volumes would leave as many lock files in memory.
        const std::string lock = cat("volume-", name);
        if (exists_at(root_->run(), cat("locks/", lock)))
            if (const auto held = root_->try_lock(lock))
                ::unlinkat(root_->run(), cat("locks/", lock).c_str(), 0);
    }
    empty_trash(*root_);
    return true;
}

FileLock Volumes::lock(const std::string& name) const
{
    require_valid_name(name);
    return root_->lock(cat("volume-", name));
}

std::string Volumes::data_path(const std::string& name) const
{
    return cat(root_->data_path(), "/", path_of(name), "/_data");
}

} // namespace skiff::store
