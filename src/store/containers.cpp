#include "store/containers.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/build_container.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"
#include "store/sort_records.hpp"
#include "store/staging.hpp"

#include <algorithm>

namespace skiff::store {
namespace {

std::string path_of(const std::string& id) { return cat("containers/", id); }
std::string config_path(const std::string& id) { return cat("containers/", id, "/config.json"); }
std::string name_path(const std::string& name) { return cat("names/containers/", name); }

Error no_such_container(const std::string& text)
{
    return Error{ErrorKind::NotFound,
                 cat("no container with name or ID \"", printable(text), "\" found: no such container")};
}

/// For a record that cannot be read: what to say, and what can be done.
template <typename Parse>
auto parsing(const std::string& id, Parse parse)
{
    try {
        return parse();
    } catch (Error& error) {
        error.add_context(cat("container ", id.substr(0, 12)));
        error.add_hint(cat("the record cannot be repaired; remove the container with `rm -f ", id.substr(0, 12), "`"));
        throw;
    }
}

} // namespace

void Containers::create(const ContainerConfig& config, const StoreUse& /*use*/,
                        const std::vector<std::string>& private_contents) const
{
    require_valid_name(config.name);
    Staging staging{*root_, Staging::by_use};
    if (!private_contents.empty()) {
        const UniqueFd directory = make_directory_at(staging.fd(), "private", 0700);
        for (std::size_t i = 0; i < private_contents.size(); ++i)
            save_atomically(directory.get(), std::to_string(i), private_contents[i],
                            config.auto_remove ? Durability::None : Durability::Fsync, 0600);
    }
    {
        const UniqueFd file = open_at(staging.fd(), "config.json", O_WRONLY | O_CREAT | O_EXCL, 0600);
        write_all(file.get(), serialize(config), "config.json");
        // Synced before it has its name: after a power failure it is whole or not there. One that is removed when it
        // exits is of no interest then.
        if (!config.auto_remove && !is_of_build(config) && ::fsync(file.get()) != 0)
            throw Error{errno, cat("writing container ", config.id, " to disk")};
    }
    const FileLock names = root_->lock("names");
    claim_name(config.name, config.id);
    try {
        staging.commit(path_of(config.id));
    } catch (const Error&) {
        remove_file_at(root_->data(), name_path(config.name));
        throw;
    }
}

/// Under the lock of names, so that a name whose container is missing is one that a dead process left.
void Containers::claim_name(const std::string& name, const std::string& id) const
{
    while (::symlinkat(id.c_str(), root_->data(), name_path(name).c_str()) != 0) {
        if (errno != EEXIST)
            throw Error{errno, cat("reserving the container name ", quoted(name))};
        const auto owner = find_link_at(root_->data(), name_path(name));
        if (!owner)
            continue;
        // A damaged record may be a container that is called so.
        const auto text = is_id(*owner) ? find_record(root_->data(), config_path(*owner)) : std::nullopt;
        bool taken = text && !text->empty();
        try {
            taken = taken && parse_container_config(*text).name == name;
        } catch (const Error&) { // damaged; it keeps its name until it is removed
        }
        if (taken)
            throw Error{
                ErrorKind::InUse,
                cat("the container name \"", name, "\" is already in use by ", *owner,
                    ". You have to remove that container to be able to reuse that name: that name is already in use")}
                .with_hint("--replace removes it first");
        remove_file_at(root_->data(), name_path(name));
    }
}

void Containers::release_name(const std::string& name, const std::string& id) const
{
    if (is_valid_name(name) && find_link_at(root_->data(), name_path(name)) == id)
        remove_file_at(root_->data(), name_path(name));
}

void Containers::mend_name(const std::string& id) const
{
    try {
        const FileLock names = root_->lock("names");
        const std::string name = load_config(id).name;
        if (find_link_at(root_->data(), name_path(name)) != id)
            claim_name(name, id);
    } catch (const Error& error) { // damaged, gone, or the name is another's now
        log::debug(cat(error.message(), "; its name stays as it is"));
    }
}

bool Containers::exists(const std::string& id) const { return is_id(id) && exists_at(root_->data(), config_path(id)); }

std::optional<std::string> Containers::find(const std::string& text) const
{
    if (is_valid_name(text))
        if (const auto id = find_link_at(root_->data(), name_path(text)); id && exists(*id))
            return id;
    if (exists(text))
        return text;
    if (text.empty() || text.find_first_not_of("0123456789abcdef") != std::string::npos)
        return std::nullopt;
    std::optional<std::string> found;
    for (const std::string& id : list_ids()) {
        if (!id.starts_with(text))
            continue;
        if (found)
            throw Error{ErrorKind::Failure,
                        cat("more than one result for container \"", text, "\": container already exists")}
                .with_hint("write more digits of the id");
        found = id;
    }
    return found;
}

std::string Containers::resolve(const std::string& text) const
{
    auto id = find(text);
    if (!id)
        throw no_such_container(text);
    return std::move(*id);
}

ContainerConfig Containers::load_config(const std::string& id) const
{
    const auto text = is_id(id) ? find_record(root_->data(), config_path(id)) : std::nullopt;
    if (!text)
        throw no_such_container(id);
    return parsing(id, [&] { return parse_container_config(*text); });
}

std::string Containers::load_private_content(const std::string& id, std::size_t number) const
{
    auto content = is_id(id) ? find_record(root_->data(), cat(path_of(id), "/private/", number)) : std::nullopt;
    if (!content)
        throw Error{ErrorKind::Failure, cat("container ", id.substr(0, 12), ": the content of a secret or file is missing")};
    return std::move(*content);
}

std::optional<ContainerRecord> Containers::find_record_of(const std::string& id) const
{
    const auto text = is_id(id) ? find_record(root_->data(), config_path(id)) : std::nullopt;
    if (!text || text->empty()) // empty: created without fsync (create) just before a power failure
        return std::nullopt;
    ContainerRecord record;
    record.config = parsing(id, [&] { return parse_container_config(*text); });
    record.config.id = id;
    read_life(record);
    return record;
}

ContainerRecord Containers::load(const std::string& id) const
{
    auto record = find_record_of(id);
    if (!record)
        throw no_such_container(id);
    return std::move(*record);
}

std::vector<std::string> Containers::list_ids() const
{
    std::vector<std::string> ids;
    for (DirectoryEntry& entry : list_place(root_->data(), "containers"))
        if (is_id(entry.name))
            ids.push_back(std::move(entry.name));
    return ids;
}

std::vector<ContainerRecord> Containers::list(Which which) const
{
    std::vector<ContainerRecord> records;
    const int place = which == Which::Alive ? root_->run() : root_->data();
    if (!exists_at(place, "containers"))
        return records;
    const std::vector<DirectoryEntry> entries = list_place(place, "containers");
    records.reserve(entries.size());
    for (const DirectoryEntry& entry : entries) {
        if (!is_id(entry.name) || (which == Which::Alive && !is_monitor_alive(entry.name)))
            continue;
        try {
            if (auto record = find_record_of(entry.name))
                records.push_back(std::move(*record));
        } catch (const Error& error) {
            if (error.errno_value() != 0) // not damaged: nothing can be read now
                throw;
            log::warn(cat(error.message(), "; left out"));
        }
    }
    sort_records(records, [](const ContainerRecord& a, const ContainerRecord& b) {
        return std::tie(a.config.created, a.config.id) < std::tie(b.config.created, b.config.id);
    });
    return records;
}

void Containers::save_config(const ContainerConfig& config) const
{
    if (!exists(config.id))
        throw no_such_container(config.id);
    save_atomically(root_->data(), config_path(config.id), serialize(config));
}

void Containers::rename(const std::string& id, const std::string& new_name) const
{
    require_valid_name(new_name);
    const FileLock names = root_->lock("names");
    ContainerConfig config = load_config(id);
    const std::string old_name = std::exchange(config.name, new_name);
    // A name that leads to a container of another name is stale (claim_name), so a crash between two steps harms
    // nobody.
    claim_name(new_name, id);
    try {
        save_config(config);
    } catch (const Error&) {
        release_name(new_name, id);
        throw;
    }
    release_name(old_name, id);
}

bool Containers::remove(const std::string& id) const
{
    if (!is_id(id))
        return false;
    {
        const FileLock names = root_->lock("names");
        std::vector<std::string> held;
        try {
            held.push_back(load_config(id).name);
        } catch (const Error&) { // gone, or damaged: then its names have to be searched for
            for (const DirectoryEntry& entry : list_place(root_->data(), "names/containers"))
                held.push_back(entry.name);
        }
        if (!move_to_trash(*root_, path_of(id), "config.json"))
            return false;
        for (const std::string& name : held)
            release_name(name, id);
    }
    remove_tree_at(root_->run(), path_of(id));
    empty_trash(*root_);
    return true;
}

FileLock Containers::lock(const std::string& id) const
{
    if (!exists(id))
        throw no_such_container(id);
    const UniqueFd directory = make_run_directory(id);
    std::optional<FileLock> lock;
    try {
        lock = FileLock::acquire(directory.get(), "lock", FileLock::Mode::Exclusive);
    } catch (const Error& error) {
        if (error.errno_value() != ENOENT) // else: removed, with the directory, while we waited
            throw;
    }
    if (lock && exists(id))
        return std::move(*lock);
    remove_tree_at(root_->run(), path_of(id));
    throw no_such_container(id);
}

std::string Containers::directory(const std::string& id) const { return cat(root_->data_path(), "/", path_of(id)); }

std::string Containers::run_directory(const std::string& id) const { return cat(root_->run_path(), "/", path_of(id)); }

UniqueFd Containers::open_directory(const std::string& id) const
{
    auto fd = is_id(id) ? find_at(root_->data(), path_of(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : std::nullopt;
    if (!fd)
        throw no_such_container(id);
    return std::move(*fd);
}

UniqueFd Containers::make_run_directory(const std::string& id) const
{
    if (!is_id(id))
        throw no_such_container(id);
    if (::mkdirat(root_->run(), path_of(id).c_str(), 0700) != 0 && errno == ENOENT)
        (void)make_directory_at(root_->run(), "containers");
    return make_directory_at(root_->run(), path_of(id));
}

} // namespace skiff::store
