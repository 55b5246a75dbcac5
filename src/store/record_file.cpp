#include "store/record_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>

namespace skiff::store {
namespace {

constexpr std::size_t max_record_bytes = 16U << 20U;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

} // namespace

std::vector<DirectoryEntry> list_place(int dir, const std::string& path)
{
    try {
        return list_directory(dir, path);
    } catch (const Error& error) {
        if (error.errno_value() != ENOENT)
            throw;
        return {};
    }
}

std::optional<std::string> find_record(int dir, const std::string& path)
{
    const auto fd = find_at(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!fd)
        return std::nullopt;
    struct stat status
    {
    };
    if (::fstat(fd->get(), &status) != 0)
        throw Error{errno, cat("looking at ", quoted(path))};
    if (!S_ISREG(status.st_mode))
        throw Error{ErrorKind::Failure, cat("reading ", quoted(path), ": not a regular file")};
    // One read for the usual case: hundreds of these make a `ps`.
    std::string text(static_cast<std::size_t>(std::min<off_t>(status.st_size, max_record_bytes)) + 1, '\0');
    const ssize_t got = ::read(fd->get(), text.data(), text.size());
    if (got < 0)
        throw Error{errno, cat("reading ", quoted(path))};
    const bool whole = static_cast<std::size_t>(got) < text.size();
    text.resize(static_cast<std::size_t>(got));
    if (!whole)
        text += read_all(fd->get(), max_record_bytes, path);
    return text;
}

bool is_valid_name(const std::string& name)
{
    constexpr std::size_t longest = 240; // files of ours are called NAME and up to 15 characters more
    return !name.empty() && is_alnum(name[0]) && name.size() <= longest &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

void require_valid_name(const std::string& name)
{
    if (!is_valid_name(name))
        throw Error{ErrorKind::Failure, "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument"};
}

bool is_id(const std::string& text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(),
                                            [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace skiff::store
