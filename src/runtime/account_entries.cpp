// The entries that the engine adds to a container's passwd and group: the second half of spec_builder.hpp.

#include "base/cat.hpp"
#include "runtime/spec_builder.hpp"

#include <algorithm>

namespace skiff::runtime {
namespace {

std::string replace_all(std::string text, std::string_view what, const std::string& with)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// A value that would break the line's format has no place in it.
std::string plain(const std::string& field)
{
    std::string result;
    for (const char c : field)
        if (c != ':' && static_cast<unsigned char>(c) >= 0x20)
            result += c;
    return result;
}

std::string appended(const std::string& text, const std::string& line)
{
    return cat(text, text.empty() || text.ends_with('\n') ? "" : "\n", line, line.ends_with('\n') ? "" : "\n");
}

} // namespace

std::optional<std::string> passwd_with_entry(const AccountFiles& files, const UserIdentity& user,
                                             const std::string& name, const std::string& home, const std::string& entry)
{
    if (find_passwd_entry(files, user.uid))
        return std::nullopt;
    const std::string uid = std::to_string(user.uid);
    const std::string gid = std::to_string(user.gid);
    const std::string word = name.empty() ? uid : plain(name);
    const std::string place = home.empty() ? "/" : plain(home);
    if (entry.empty())
        return appended(files.passwd, cat(word, ":*:", uid, ":", gid, ":container user:", place, ":/bin/sh"));
    std::string line = replace_all(entry, "$USERNAME", word);
    line = replace_all(line, "$UID", uid);
    line = replace_all(line, "$GID", gid);
    line = replace_all(line, "$NAME", "container user");
    return appended(files.passwd, replace_all(line, "$HOME", place));
}

std::optional<std::string> group_with_entry(const AccountFiles& files, std::uint32_t gid, const std::string& name,
                                            const std::string& entry)
{
    const std::string number = std::to_string(gid);
    std::size_t from = 0;
    while (from < files.group.size()) { // name:password:gid:members
        const std::size_t end = std::min(files.group.find('\n', from), files.group.size());
        const std::string line = files.group.substr(from, end - from);
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        const std::size_t third = second == std::string::npos ? second : line.find(':', second + 1);
        if (third != std::string::npos && line.substr(second + 1, third - second - 1) == number)
            return std::nullopt;
        from = end + 1;
    }
    const std::string word = name.empty() ? number : plain(name);
    if (entry.empty())
        return appended(files.group, cat(word, ":x:", number, ":"));
    return appended(files.group, replace_all(replace_all(entry, "$GROUPNAME", word), "$GID", number));
}

} // namespace skiff::runtime
