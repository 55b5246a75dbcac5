#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Who --user means, according to the container's own /etc/passwd and /etc/group. Both files are hostile (security.md
/// R4, R19).
namespace skiff::runtime {

/// The texts of the two files; empty where the image has none.
struct AccountFiles
{
    std::string passwd;
    std::string group;
};

/// Reads them beneath a root file system's descriptor. Anything else than a regular file, or a huge one, counts as
/// absent.
AccountFiles load_account_files(int root);

struct UserIdentity
{
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> additional_gids; ///< without `gid`
    std::string name;                           ///< of the passwd entry; empty without one
    std::string home = "/";                     ///< of the passwd entry
    std::string shell;                          ///< of the passwd entry; empty without one
    bool operator==(const UserIdentity&) const = default;
};

/// Resolves "", "name", "uid", "name:group", "uid:gid" ... and the words of --group-add.
///
/// Numbers are decimal, 0 to 4294967294, and never looked up as names. /etc/group counts only for users given by name.
/// Throws Error: "unable to find user X: no matching entries in passwd file", "unable to find group X: ...".
UserIdentity find_user(const AccountFiles& files, const std::string& user, const std::vector<std::string>& groups = {});

/// The passwd entry of `uid`, if any.
std::optional<UserIdentity> find_passwd_entry(const AccountFiles& files, std::uint32_t uid);

} // namespace skiff::runtime
