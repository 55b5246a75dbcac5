#include "runtime/user_lookup.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <charconv>
#include <sys/stat.h>

namespace skiff::runtime {
namespace {

constexpr std::size_t max_file = 4U << 20U;  // larger than any honest one
constexpr std::uint64_t max_id = 4294967294; // -1 means "leave it" to the kernel

std::string load_account_file(int root, const char* path)
{
    // A FIFO, a device, a directory or a huge file in its place is as good as no file (T-09).
    try {
        const auto fd = find_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        struct stat status
        {
        };
        if (!fd || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode) ||
            status.st_size > static_cast<off_t>(max_file))
            return {};
        return read_all(fd->get(), max_file, path);
    } catch (const Error&) {
        return {};
    }
}

bool is_digits(const std::string& text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Strict: decimal digits, in range. Numbers that are no id are an Error, never a name (R19). Nothing for other words.
std::optional<std::uint32_t> find_number(const std::string& text, const char* kind)
{
    const bool has_sign = text.starts_with('-') || text.starts_with('+');
    if (!is_digits(has_sign ? text.substr(1) : text))
        return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (has_sign || error != std::errc{} || value > max_id)
        throw Error{ErrorKind::Failure,
                    cat(kind, " ids must be in the range 0 to ", max_id, ", got ", printable(text))};
    return static_cast<std::uint32_t>(value);
}

/// Numbers inside the files: what does not parse makes the line void.
std::optional<std::uint32_t> find_file_number(const std::string& text)
{
    try {
        return find_number(text, "user");
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> fields;
    std::size_t from = 0;
    while (from <= text.size()) {
        const std::size_t end = std::min(text.find(separator, from), text.size());
        fields.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return fields;
}

bool has_control_characters(const std::string& text)
{
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Calls `visit` with the fields of each line until it answers true.
template <typename Visit>
void visit_lines(const std::string& text, std::size_t least_fields, Visit&& visit)
{
    for (const std::string& line : split(text, '\n')) {
        const std::vector<std::string> fields = split(line, ':');
        if (fields.size() >= least_fields && !fields[0].empty() && visit(fields))
            return;
    }
}

template <typename Matches>
std::optional<UserIdentity> find_entry(const AccountFiles& files, Matches&& matches)
{
    std::optional<UserIdentity> found;
    visit_lines(files.passwd, 4, [&](const std::vector<std::string>& fields) {
        const auto uid = find_file_number(fields[2]);
        const auto gid = find_file_number(fields[3]);
        if (!uid || !gid || !matches(fields[0], *uid))
            return false;
        found = UserIdentity{};
        found->uid = *uid;
        found->gid = *gid;
        found->name = fields[0];
        if (fields.size() > 5 && !fields[5].empty() && !has_control_characters(fields[5]))
            found->home = fields[5];
        if (fields.size() > 6 && !has_control_characters(fields[6]))
            found->shell = fields[6];
        return true;
    });
    return found;
}

std::uint32_t find_group(const AccountFiles& files, const std::string& group)
{
    if (const auto number = find_number(group, "group"))
        return *number;
    std::optional<std::uint32_t> found;
    visit_lines(files.group, 3, [&](const std::vector<std::string>& fields) {
        if (fields[0] == group)
            found = find_file_number(fields[2]);
        return found.has_value();
    });
    if (!found)
        throw Error{ErrorKind::NotExecutable,
                    cat("unable to find group ", printable(group), ": no matching entries in group file")};
    return *found;
}

void add_group(UserIdentity& user, std::uint32_t gid)
{
    if (gid != user.gid &&
        std::find(user.additional_gids.begin(), user.additional_gids.end(), gid) == user.additional_gids.end())
        user.additional_gids.push_back(gid);
}

void add_groups_of_name(UserIdentity& user, const AccountFiles& files)
{
    visit_lines(files.group, 4, [&](const std::vector<std::string>& fields) {
        const std::vector<std::string> members = split(fields[3], ',');
        const auto gid = find_file_number(fields[2]);
        if (gid && std::find(members.begin(), members.end(), user.name) != members.end())
            add_group(user, *gid);
        return false;
    });
}

} // namespace

AccountFiles load_account_files(int root)
{
    return {load_account_file(root, "etc/passwd"), load_account_file(root, "etc/group")};
}

std::optional<UserIdentity> find_passwd_entry(const AccountFiles& files, std::uint32_t uid)
{
    return find_entry(files, [&](const std::string&, std::uint32_t entry) { return entry == uid; });
}

UserIdentity find_user(const AccountFiles& files, const std::string& user, const std::vector<std::string>& groups)
{
    const std::size_t colon = user.find(':');
    const std::string name = user.substr(0, colon);
    const std::string group = colon == std::string::npos ? "" : user.substr(colon + 1);

    UserIdentity identity;
    const auto number = name.empty() ? 0 : find_number(name, "user"); // ":gid" is root with that group, as in Podman
    if (number) {
        identity.uid = *number;
        if (const auto entry = find_passwd_entry(files, identity.uid))
            identity = *entry;
        // The groups of the file count for root of an empty --user, who was not given by number.
        if (user.empty() && !identity.name.empty())
            add_groups_of_name(identity, files);
    } else {
        const auto entry = find_entry(files, [&](const std::string& word, std::uint32_t) { return word == name; });
        if (!entry)
            throw Error{ErrorKind::NotExecutable,
                        cat("unable to find user ", printable(name), ": no matching entries in passwd file")};
        identity = *entry;
        if (group.empty())
            add_groups_of_name(identity, files);
    }
    if (!group.empty()) {
        identity.gid = find_group(files, group);
        identity.additional_gids.clear();
    }
    for (const std::string& word : groups)
        if (word != "keep-groups")
            add_group(identity, find_group(files, word));
    return identity;
}

} // namespace skiff::runtime
