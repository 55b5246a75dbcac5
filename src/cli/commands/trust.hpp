#pragma once

#include <string>
#include <vector>

namespace skiff::cli {

struct TrustShowArgs
{
    std::vector<std::string> scopes; ///< none, or one: only what is said about it
    std::string policy;
    bool json = false;
    bool no_heading = false;
    bool raw = false;
};

struct TrustSetArgs
{
    std::vector<std::string> scopes; ///< one
    std::string policy;
    std::string type = "signedBy";
};

} // namespace skiff::cli
