#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace skiff::runtime {

/// The options of one mount, told apart. Source: mount(8), and runc's and crun's additions to it.
struct MountOptions
{
    bool bind = false;
    bool recursive = false;        ///< rbind
    bool copy_up = false;          ///< tmpcopyup: a tmpfs begins with what the image has there
    std::uint64_t attributes = 0;  ///< MOUNT_ATTR_* to set
    std::uint64_t propagation = 0; ///< MS_SHARED ... (| MS_REC); 0: nothing was said
    std::vector<std::pair<std::string, std::string>>
        data; ///< for the file system itself: {"size", "64m"}; flags have ""
};

/// Later words win over earlier ones ("ro,rw" is rw). Words that are no flag of a mount are data.
MountOptions parse_mount_options(const std::vector<std::string>& options);

/// "/a//b/./c/" becomes "a/b/c". ".." is an Error: a destination says where it is.
std::string clean_destination(const std::string& path);

} // namespace skiff::runtime
