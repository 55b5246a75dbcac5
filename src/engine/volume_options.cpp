#include "engine/volume_options.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <unistd.h>
#include <vector>

namespace skiff::engine {
namespace {

std::string option_of(const store::Volume& volume, const char* key)
{
    const auto found = volume.options.find(key);
    return found == volume.options.end() ? std::string{} : found->second;
}

std::vector<std::string> words_of(const std::string& text)
{
    std::vector<std::string> words;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        if (end > from)
            words.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return words;
}

Error invalid_option(const std::string& what)
{
    return Error{ErrorKind::Usage, cat("invalid volume option ", what, " for driver 'local': invalid argument")};
}

std::uint32_t read_id(const std::string& word, int base = 10)
{
    const std::string digits = word.substr(word.find('=') + 1);
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (digits.empty() || problem != std::errc{} || end != digits.data() + digits.size())
        throw invalid_option(printable(word));
    return value;
}

VolumeOwner read_plain_options(const std::vector<std::string>& words)
{
    VolumeOwner owner;
    for (const std::string& word : words) {
        if (word.starts_with("uid="))
            owner.uid = read_id(word);
        else if (word.starts_with("gid="))
            owner.gid = read_id(word);
        else if (word.starts_with("mode="))
            owner.mode = read_id(word, 8);
        else if (word.starts_with("size=") || word.starts_with("inodes="))
            throw invalid_option(printable(word))
                .with_hint("sizes are limited by quotas, which need root; a volume in memory "
                           "has a size: -o type=tmpfs -o o=size=64m");
        else if (word != "noquota" && word != "rw")
            throw invalid_option(printable(word))
                .with_hint("a plain volume has uid=, gid= and mode=; options of mounts are given where it is mounted: "
                           "-v NAME:/DIR:noexec");
    }
    return owner;
}

void check_bind_options(const store::Volume& volume, const std::vector<std::string>& words)
{
    static const std::set<std::string> known{"bind",    "rbind",   "ro",     "rw",       "noexec",     "exec",
                                             "nosuid",  "suid",    "nodev",  "dev",      "shared",     "slave",
                                             "private", "rshared", "rslave", "rprivate", "unbindable", "runbindable"};
    const std::string device = option_of(volume, "device");
    if (!device.starts_with('/'))
        throw invalid_option("device").with_hint("type=bind needs the directory as an absolute path: -o device=/DIR");
    if (::access(device.c_str(), F_OK) != 0)
        throw Error{ErrorKind::Failure, cat("invalid volume option device for driver 'local': faccessat ",
                                            printable(device), ": ", errno_text(errno))};
    for (const std::string& word : words)
        if (!known.contains(word))
            throw invalid_option(printable(word))
                .with_hint("a directory of the host keeps its owner; ro, noexec and the like are possible");
}

} // namespace

void check_volume_options(const store::Volume& volume)
{
    for (const auto& [key, value] : volume.options)
        if (key != "type" && key != "device" && key != "o")
            throw Error{ErrorKind::Usage,
                        cat("invalid mount option ", printable(key), " for driver 'local': invalid argument")}
                .with_hint("there are type, device, o and nocopy");
    const std::string type = option_of(volume, "type");
    const std::vector<std::string> words = words_of(option_of(volume, "o"));
    if (type == "bind" || type == "none")
        check_bind_options(volume, words);
    else if (type.empty() && volume.options.contains("device"))
        throw invalid_option("device").with_hint("it needs a type: -o type=bind for a directory of the host");
    else if (type.empty())
        (void)read_plain_options(words);
    else if (type != "tmpfs") // whose words the kernel judges
        throw invalid_option(cat("type=", printable(type)))
            .with_hint("only bind and tmpfs can be mounted without privileges");
}

VolumeOwner read_volume_owner(const store::Volume& volume)
{
    return volume.options.contains("type") ? VolumeOwner{} : read_plain_options(words_of(option_of(volume, "o")));
}

} // namespace skiff::engine
