#include "rootfs/storage_location.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/file_system.hpp"

#include <cerrno>
#include <cstdlib>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::rootfs {
namespace {

struct Candidate
{
    std::string parent; ///< must exist
    std::string below;  ///< what we make below it
    std::string why;
    bool must_be_private = false; ///< the parent, too, must be ours and closed to others (a runtime directory)
    [[nodiscard]] std::string path() const { return cat(parent, "/", below); }
};

std::optional<std::string> find_absolute(const StorageFacts& facts, const char* name)
{
    auto value = facts.variable(name);
    if (!value || value->empty() || value->front() != '/')
        return std::nullopt; // the XDG specification: relative paths are to be ignored
    return value;
}

/// "" when the directory is ours; otherwise the reason. Never follows a link in the last place: an attacker's would lead us.
std::string find_owner_problem(const std::string& path, uid_t uid, mode_t forbidden)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return errno_text(errno);
    if (!S_ISDIR(status.st_mode))
        return "it is no directory";
    if (status.st_uid != uid)
        return "it belongs to another user";
    if ((status.st_mode & forbidden) != 0)
        return "others may enter it";
    return {};
}

/// Every directory between the home and `path` must be ours (R27): whoever owns one can put another in its place.
std::string find_ancestor_problem(const StorageFacts& facts, const std::string& path)
{
    if (facts.home.empty() || !path.starts_with(facts.home + "/"))
        return {};
    for (std::size_t end = path.find('/', facts.home.size() + 1); end != std::string::npos; end = path.find('/', end + 1)) {
        const std::string ancestor = path.substr(0, end);
        struct stat status{};
        if (::stat(ancestor.c_str(), &status) == 0 && status.st_uid != facts.uid)
            return cat(quoted(ancestor), " belongs to another user");
    }
    return {};
}

/// Makes the directory if needed. A setgid parent would give all our files a group that is unknown inside containers, and
/// mkdir inherits that bit: chmod clears it.
std::string prepare(const std::string& path, uid_t uid, std::vector<std::string>& notes)
{
    try {
        make_directories(path, 0700);
    } catch (const Error& error) {
        return errno_text(error.errno_value());
    }
    if (std::string problem = find_owner_problem(path, uid, 0); !problem.empty())
        return problem;
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return errno_text(errno);
    if ((status.st_mode & 07777U) == 0700U)
        return {};
    if (::chmod(path.c_str(), 0700) != 0)
        return errno_text(errno);
    if ((status.st_mode & 0077U) != 0)
        notes.push_back(cat(quoted(path), " was open to other users; its mode is 0700 now"));
    return {};
}

/// Unknown file systems are tried.
std::string find_file_system_problem(const std::string& dir)
{
    const FileSystem file_system = look_at_file_system(dir);
    if (file_system.kind == FileSystemKind::Network)
        return cat("it is on a network file system (", file_system.type, ")");
    if (file_system.kind != FileSystemKind::Unknown)
        return {};
    for (const DirectoryProbe& probe : probe_directory(dir))
        if (!probe.works() && (probe.what == "file locks" || probe.what == "symbolic links" || probe.what == "replacing by rename"))
            return cat("its file system (", file_system.type, ") has no ", probe.what, ": ", probe.detail);
    return {};
}

std::string find_problem(const StorageFacts& facts, const Candidate& candidate, std::vector<std::string>& notes)
{
    if (::access(candidate.parent.c_str(), W_OK | X_OK) != 0)
        return errno_text(errno);
    if (candidate.must_be_private)
        if (std::string problem = find_owner_problem(candidate.parent, facts.uid, 0077); !problem.empty())
            return cat(quoted(candidate.parent), ": ", problem);
    if (std::string problem = find_ancestor_problem(facts, candidate.path()); !problem.empty())
        return problem;
    // Before anything is made there: an NFS home should not get an empty directory of ours.
    const std::string existing = ::access(candidate.path().c_str(), F_OK) == 0 ? candidate.path() : candidate.parent;
    if (std::string problem = find_file_system_problem(existing); !problem.empty())
        return problem;
    return prepare(candidate.path(), facts.uid, notes);
}

/// The deepest directory of `path` that exists, and the rest.
Candidate make_candidate(const std::string& path, std::string why)
{
    std::size_t end = path.size();
    while (end > 1 && ::access(path.substr(0, end).c_str(), F_OK) != 0)
        end = path.rfind('/', end - 1);
    if (end == path.size())
        end = path.rfind('/');
    if (end == std::string::npos || end == 0)
        return {"/", path.substr(1), std::move(why)};
    return {path.substr(0, end), path.substr(end + 1), std::move(why)};
}

std::vector<Candidate> data_dir_candidates(const StorageFacts& facts)
{
    std::vector<Candidate> candidates;
    if (const auto data_home = find_absolute(facts, "XDG_DATA_HOME"))
        candidates.push_back(make_candidate(*data_home + "/skiff", "XDG_DATA_HOME says so"));
    else if (!facts.home.empty())
        candidates.push_back(make_candidate(facts.home + "/.local/share/skiff", "the usual place in the home directory"));
    const std::string own_name = cat("skiff-", facts.uid);
    for (const char* name : {"SLURM_TMPDIR", "TMPDIR"})
        if (const auto dir = find_absolute(facts, name))
            candidates.push_back({*dir, own_name, cat(name, " is on this machine")});
    for (const std::string& root : facts.shared_roots)
        candidates.push_back({root, own_name, cat(quoted(root), " is on this machine")});
    return candidates;
}

StorageLocation choose(const StorageFacts& facts, const std::vector<Candidate>& candidates, const char* purpose, const char* remedy)
{
    StorageLocation location;
    for (const Candidate& candidate : candidates) {
        const std::string problem = find_problem(facts, candidate, location.notes);
        if (problem.empty()) {
            location.path = candidate.path();
            location.why = candidate.why;
            return location;
        }
        location.notes.push_back(cat("not ", quoted(candidate.path()), ": ", problem));
    }
    std::string message = cat("no place for ", purpose);
    for (const std::string& note : location.notes)
        message += cat("; ", note);
    throw Error{ErrorKind::Failure, std::move(message)}.with_hint(remedy);
}

/// What the user asked for is taken even on a network file system: some of it works there, and the notes say what may not.
StorageLocation take_asked(const StorageFacts& facts, const std::string& asked, const char* option)
{
    if (asked.front() != '/')
        throw Error{ErrorKind::Usage, cat(option, " needs an absolute path, not ", quoted(asked))};
    StorageLocation location{asked, cat(option, " says so"), {}};
    std::string problem = find_ancestor_problem(facts, asked);
    if (problem.empty())
        problem = prepare(asked, facts.uid, location.notes);
    if (!problem.empty())
        throw Error{ErrorKind::Failure, cat("using ", quoted(asked), " for ", option, ": ", problem)};
    if (const FileSystem file_system = look_at_file_system(asked); file_system.kind == FileSystemKind::Network)
        location.notes.push_back(cat(quoted(asked), " is on a network file system (", file_system.type,
                                     "): containers may not run from there; local disks are quicker and safer"));
    return location;
}

} // namespace

bool is_of_another_user(const std::string& home, uid_t uid)
{
    struct stat status{};
    if (::stat(home.c_str(), &status) != 0)
        return errno == EACCES; // not even the way there
    return status.st_uid != uid && ::access(home.c_str(), W_OK) != 0;
}

StorageFacts load_storage_facts()
{
    StorageFacts facts;
    facts.uid = ::geteuid();
    facts.variable = [](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);
        if (value == nullptr || value[0] == '\0')
            return std::nullopt;
        return value;
    };
    if (const auto home = find_absolute(facts, "HOME"))
        facts.home = *home;
    if (facts.home.empty() || is_of_another_user(facts.home, facts.uid))
        if (const passwd* entry = ::getpwuid(facts.uid); entry != nullptr) // NOLINT(concurrency-mt-unsafe)
            facts.home = entry->pw_dir;
    while (facts.home.size() > 1 && facts.home.back() == '/')
        facts.home.pop_back();
    return facts;
}

StorageLocation choose_data_dir(const StorageFacts& facts, const std::string& asked)
{
    if (!asked.empty())
        return take_asked(facts, asked, "--root");
    if (const auto root = facts.variable("SKIFF_ROOT"))
        return take_asked(facts, *root, "SKIFF_ROOT");
    return choose(facts, data_dir_candidates(facts), "images and containers",
                  "name a directory of yours on a local disk with --root or SKIFF_ROOT");
}

StorageLocation choose_run_dir(const StorageFacts& facts, const std::string& data_dir, const std::string& asked)
{
    if (!asked.empty())
        return take_asked(facts, asked, "--runroot");
    std::vector<Candidate> candidates;
    if (const auto runtime = find_absolute(facts, "XDG_RUNTIME_DIR"))
        candidates.push_back({*runtime, "skiff", "XDG_RUNTIME_DIR says so", /*must_be_private=*/true});
    candidates.push_back({cat(facts.run_root, "/", facts.uid), "skiff", "the session's runtime directory", /*must_be_private=*/true});
    candidates.push_back({data_dir, "runtime", "there is no session's runtime directory", /*must_be_private=*/true});
    // The data is on a network, as asked: rather a name that others can guess, used only while it is ours and closed, than
    // no containers at all.
    for (const std::string& root : facts.shared_roots)
        candidates.push_back({root, cat("skiff-run-", facts.uid), cat(quoted(root), " is on this machine")});
    return choose(facts, candidates, "runtime files", "set XDG_RUNTIME_DIR to a directory of yours with mode 0700 on a local disk");
}

} // namespace skiff::rootfs
