#pragma once

#include "engine/login.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct LoginArgs
{
    std::vector<std::string> registries; ///< none, or one
    engine::LoginPlace place;
    std::string username;
    std::optional<std::string> password;
    std::string secret; ///< name or id
    bool password_from_stdin = false;
    bool get_login = false;
    bool verbose = false;
};

struct LogoutArgs
{
    std::vector<std::string> registries; ///< none, or one
    engine::LoginPlace place;
    bool all = false;
};

} // namespace skiff::cli
