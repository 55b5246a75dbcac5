#pragma once

#include "base/unique_fd.hpp"
#include "build/git_address.hpp"

#include <string>

namespace skiff::build {

/// What a repository held.
struct GitCheckout
{
    UniqueFd directory; ///< the tree, or its part that the address names
    std::string commit; ///< the whole id
};

/// Fetches `address` with the machine's own git into the empty directory `into`. Files are 0644 or 0755, directories 0755;
/// `.git` goes unless `keep_git_dir`. `checksum`: the commit's id or its beginning; empty: any.
///
/// The repository is a stranger's: no hooks run, submodules cannot name files of this machine or programs, and git asks
/// nobody for passwords. Credential helpers and proxies of the user's configuration work. Throws with git's own words.
GitCheckout check_out(const GitAddress& address, const std::string& into, bool keep_git_dir, const std::string& checksum = {});

} // namespace skiff::build
