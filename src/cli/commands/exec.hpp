#pragma once

#include "cli/values_environment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct ExecArgs
{
    std::vector<std::string> words; ///< the container, unless named otherwise, and the command
    std::string id_file;
    bool latest = false;
    bool detach = false;
    bool interactive = false;
    bool tty = false;
    bool privileged = false;
    bool no_session = false;
    std::uint32_t preserve_fds = 0;
    std::optional<std::string> detach_keys, user, working_dir;
    std::vector<std::string> environment_files, environment_words;

    // Complete when the command's function runs:
    std::string container; ///< empty with `latest`
    std::vector<std::string> command;
    NamedValues environment;
};

} // namespace skiff::cli
