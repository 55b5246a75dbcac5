#pragma once

#include "cli/commands/push.hpp"
#include "engine/manifest_list.hpp"
#include "model/create_request.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::cli {

struct ManifestCreateArgs
{
    std::vector<std::string> words; ///< the list, then images
    bool all = false, amend = false;
    std::map<std::string, std::string> annotations;
    PullOptions options;
};

struct ManifestAddArgs
{
    std::vector<std::string> words; ///< the list, then images
    bool all = false;
    engine::ManifestFacts facts;
    PullOptions options;
};

struct ManifestAnnotateArgs
{
    std::vector<std::string> words; ///< the list, then an image or digest
    bool index = false;
    engine::ManifestFacts facts;
};

struct ManifestInspectArgs
{
    std::vector<std::string> names;
    PullOptions options;
    bool insecure = false;
    bool verbose = false; ///< no more is known
};

struct ManifestPushArgs
{
    std::vector<std::string> words; ///< the list, and perhaps where to
    FormatArgs format;
    PullOptions options;
    std::vector<std::string> add_compression;
    std::string digest_file;
    bool all = true, remove = false, quiet = false;
    bool purge = false; ///< --rm as it was called
};

struct ManifestNamesArgs
{
    std::vector<std::string> names;
    bool ignore = false;
};

} // namespace skiff::cli
