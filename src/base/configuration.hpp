#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Files of settings, which all may be missing. One that this user may not look at counts as missing, too: under
/// `sudo -u` the home directory may be another user's, and administrators keep secrets below /etc.
namespace skiff {

/// The content; nothing when there is no such file for this user. Throws Error on all else, such as more than 4 MiB.
std::optional<std::string> find_configuration(const std::string& path);

/// The paths of the entries of `directory` whose name ends so, in order of names; none when there is no such directory for
/// this user.
std::vector<std::string> list_drop_ins(const std::string& directory, std::string_view ending);

} // namespace skiff
