#include "engine/build_all.hpp"

#include "engine/manifest_list.hpp"
#include "engine/pull.hpp"

#include <algorithm>
#include <utility>

namespace skiff::engine {
namespace {

void choose_platform(BuildRequest& request, const oci::Platform& platform)
{
    request.pull_options.os = platform.os;
    request.pull_options.architecture = platform.architecture;
    request.pull_options.variant = platform.variant;
    request.args.platform = build::platform_args(make_platform(request.pull_options), oci::Platform::host());
}

std::string build_one(Engine& engine, const BuildRequest& request, BuildOutput& output, std::vector<StageImage>& results)
{
    results.push_back(build_stages(engine, request, output));
    const std::string id = commit_build(engine, request, results.back(), output);
    if (!request.manifest.empty())
        (void)create_list(engine, {.name = request.manifest, .images = {id}, .amend = true});
    return id;
}

std::string build_list(Engine& engine, BuildRequest& request, BuildOutput& output, std::vector<StageImage>& results)
{
    const std::vector<std::string> names = std::exchange(request.names, {});
    std::vector<std::string> images;
    for (const oci::Platform& platform : request.platforms) {
        output.say(cat("Building for ", platform.text()));
        choose_platform(request, platform);
        results.push_back(build_stages(engine, request, output));
        images.push_back(commit_build(engine, request, results.back(), output));
    }
    std::string id = images.back();
    for (const std::string& name : names)
        id = create_list(engine, {.name = name, .images = images, .replace = true});
    if (!request.manifest.empty())
        id = create_list(engine, {.name = request.manifest, .images = images, .amend = true});
    return id;
}

/// Of several platforms, each has a directory of its own.
BuildExport output_of(const BuildExport& wanted, const oci::Platform& platform)
{
    BuildExport part = wanted;
    part.destination += cat("/", platform.os, "_", platform.architecture, platform.variant.empty() ? "" : "_", platform.variant);
    return part;
}

} // namespace

std::string build_all(Engine& engine, BuildRequest& request, BuildOutput& output)
{
    const bool is_list = request.platforms.size() > 1;
    if (is_list && std::any_of(request.outputs.begin(), request.outputs.end(),
                               [](const BuildExport& wanted) { return wanted.kind != BuildExport::Kind::Directory; }))
        throw Error{ErrorKind::Usage, "the output of several platforms needs a directory"};
    if (request.platforms.size() == 1)
        choose_platform(request, request.platforms.front());
    std::vector<StageImage> results;
    std::string id = is_list ? build_list(engine, request, output, results) : build_one(engine, request, output, results);
    // Last: they enter the user namespace.
    for (const BuildExport& wanted : request.outputs)
        for (const StageImage& result : results)
            export_stage(engine, result, is_list ? output_of(wanted, result.draft.config.platform) : wanted);
    return id;
}

} // namespace skiff::engine
