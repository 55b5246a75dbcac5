#include "build/add_archive.hpp"

#include "archive/compression.hpp"
#include "archive/confinement.hpp"
#include "archive/send_content.hpp"
#include "archive/tar_reader.hpp"
#include "archive/worker_process.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/role.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace skiff::build {
namespace {

constexpr int archive_fd = first_role_fd;
constexpr int root_fd = first_role_fd + 1;
constexpr int result_fd = first_role_fd + 2;

struct AddRequest
{
    CopyTarget target;
    std::optional<CopyOwner> owner;
    std::uint64_t budget = 0; ///< bytes of all files together, holes included
};

constexpr std::pair<CopyTarget::Owners, const char*> owners_words[] = {
    {CopyTarget::Owners::Set, "set"},
    {CopyTarget::Owners::Note, "note"},
    {CopyTarget::Owners::Ours, "ours"},
};

nlohmann::json to_json(const CopyOwner& owner) { return {{"uid", owner.uid}, {"gid", owner.gid}}; }

CopyOwner make_owner(const text::JsonFields& fields)
{
    return {static_cast<std::uint32_t>(fields.unsigned_integer("uid")), static_cast<std::uint32_t>(fields.unsigned_integer("gid"))};
}

std::string serialize(const AddRequest& request)
{
    const CopyTarget& target = request.target;
    nlohmann::json json{{"destination", target.destination},
                        {"destination_owner", to_json(target.owner)},
                        {"follow_links", target.follow_links},
                        {"budget", request.budget}};
    for (const auto& [owners, word] : owners_words)
        if (owners == target.owners)
            json["owners"] = word;
    if (target.mode)
        json["mode"] = target.mode->text();
    if (request.owner)
        json["owner"] = to_json(*request.owner);
    return archive::dump_answer(json);
}

AddRequest parse_request(const std::string& text)
{
    const nlohmann::json json = text::parse_strict_json(text);
    const text::JsonFields fields{json};
    AddRequest request;
    CopyTarget& target = request.target;
    target.root = root_fd;
    target.destination = fields.text("destination");
    target.owner = make_owner(fields.object("destination_owner"));
    target.follow_links = fields.flag("follow_links");
    for (const auto& [owners, word] : owners_words)
        if (word == fields.text("owners"))
            target.owners = owners;
    if (const auto mode = fields.find_text("mode"))
        target.mode = ModeChange::parse(*mode);
    if (const auto owner = fields.find_object("owner"))
        request.owner = make_owner(*owner);
    request.budget = fields.unsigned_integer("budget");
    return request;
}

/// As the target has it.
archive::TarEntry make_entry(const archive::TarEntry& stored, const AddRequest& request, const std::string& destination)
{
    archive::TarEntry entry = stored;
    entry.path = join_names(destination, stored.path);
    if (entry.type == archive::EntryType::HardLink)
        entry.link_target = join_names(destination, stored.link_target);
    if (request.owner) {
        entry.uid = request.owner->uid;
        entry.gid = request.owner->gid;
    }
    const bool is_directory = entry.type == archive::EntryType::Directory;
    if (request.target.mode && (entry.type == archive::EntryType::Regular || is_directory))
        entry.mode = request.target.mode->apply(entry.mode, is_directory);
    return entry;
}

/// The first entry; nullptr: this is no archive.
const archive::TarEntry* find_first(archive::TarReader& reader)
{
    try {
        return reader.next();
    } catch (const Error&) { // which is the answer
        return nullptr;
    }
}

bool unpack(int file, const AddRequest& request)
{
    archive::FdSource bytes{file};
    archive::DecompressingSource plain{bytes};
    archive::BufferedChunks chunks{plain};
    archive::TarReader reader{chunks};
    const archive::TarEntry* next = find_first(reader);
    if (next == nullptr)
        return false;
    archive::TreeWriterOptions options = make_writer_options(request.target);
    options.replace_kinds = true;
    archive::TreeWriter writer{request.target.root, "", std::move(options)};
    const std::string destination = destination_of(request.target);
    if (!destination.empty() && !leads_to_directory(request.target))
        make_destination(writer, request.target, destination);
    for (std::uint64_t left = request.budget; next != nullptr; next = reader.next()) {
        if (next->size > left)
            throw Error{ErrorKind::Failure, cat("the archive unpacks to more than ", request.budget, " bytes")};
        left -= next->size;
        writer.add(make_entry(*next, request, destination));
        archive::send_content(reader, *next, writer);
    }
    writer.finish();
    return true;
}

std::uint64_t size_of(int file)
{
    struct stat status{};
    if (::fstat(file, &status) != 0)
        throw Error{errno, "looking at an archive"};
    return static_cast<std::uint64_t>(status.st_size);
}

} // namespace

int run_add_worker(const std::string& request_text)
{
    const Channel answer{UniqueFd{result_fd}};
    nlohmann::json said;
    int code = 1;
    try {
        const AddRequest request = parse_request(request_text);
        archive::preload_decompression();
        archive::enter_confinement({.root = request.target.root, .read = {}, .file_size = request.budget});
        said["is_archive"] = unpack(archive_fd, request);
        code = 0;
    } catch (const Error& error) {
        said = archive::make_error_answer(error);
    } catch (const std::exception& error) { // out of memory, above all
        said = archive::make_error_answer(Error{ErrorKind::Failure, cat("unpacking: ", error.what())});
    }
    // Nobody listening is no matter: the caller has given up.
    (void)answer.send(archive::dump_answer(said));
    return code;
}

bool add_archive(int file, const CopyTarget& target, const std::optional<CopyOwner>& owner)
{
    // Of its own, because it has a position of its own.
    const UniqueFd bytes = open_at(AT_FDCWD, proc_fd_path(file), O_RDONLY);
    auto [ours, theirs] = make_channel_pair();
    RoleRequest role;
    role.role = "add";
    role.json = serialize({target, owner, archive::inflation_budget(size_of(file))});
    role.fds = {bytes.get(), target.root, theirs.fd()};
    archive::WorkerProcess worker{spawn_role(role), std::move(ours), "unpacking"};
    theirs.close();
    const nlohmann::json said = text::parse_strict_json(worker.finish());
    archive::throw_error_of(said);
    return text::JsonFields{said}.flag("is_archive");
}

} // namespace skiff::build
