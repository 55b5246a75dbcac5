#include "build/copy_target.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"

#include <ctime>
#include <sys/stat.h>

namespace skiff::build {

bool leads_to_directory(const CopyTarget& target)
{
    const std::optional<UniqueFd> fd = find_beneath(target.root, target.destination, O_PATH, target.follow_links ? Follow::InRoot : Follow::Beneath);
    struct stat status{};
    return fd && ::fstat(fd->get(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string destination_of(const CopyTarget& target)
{
    std::string_view path = target.destination;
    while (!path.empty() && path.front() == '/')
        path.remove_prefix(1);
    while (!path.empty() && path.back() == '/')
        path.remove_suffix(1);
    return std::string{path};
}

std::string join_names(std::string_view directory, std::string_view name)
{
    if (directory.empty())
        return std::string{name};
    return name.empty() ? std::string{directory} : cat(directory, "/", name);
}

archive::TreeWriterOptions make_writer_options(const CopyTarget& target)
{
    archive::TreeWriterOptions options;
    options.links = target.follow_links ? archive::DirectoryChain::Links::Follow : archive::DirectoryChain::Links::Refuse;
    options.set_owners = target.owners == CopyTarget::Owners::Set;
    options.note_owners = target.owners == CopyTarget::Owners::Note;
    options.kinds_hint = "a file cannot replace a directory, nor a directory a file; remove it with RUN first";
    return options;
}

archive::EntryTime now()
{
    struct timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

void make_destination(archive::TreeWriter& writer, const CopyTarget& target, const std::string& path)
{
    archive::TarEntry entry;
    entry.type = archive::EntryType::Directory;
    entry.path = path;
    entry.mode = 0755;
    entry.uid = target.owner.uid;
    entry.gid = target.owner.gid;
    entry.modified = now();
    writer.add(entry);
}

} // namespace skiff::build
