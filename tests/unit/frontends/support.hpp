#pragma once

#include "base/error.hpp"
#include "frontends/compose/load.hpp"
#include "frontends/compose/project.hpp"
#include "frontends/compose/render.hpp"
#include "frontends/compose/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::compose {

/// A world of a few files.
class SmallWorld : public World
{
  public:
    SmallWorld()
    {
        directory = "/home/me/shop";
        environment = {{"HOME", "/home/me"}};
    }
    explicit SmallWorld(const std::string& text) : SmallWorld{} { files["/home/me/shop/compose.yaml"] = text; }

    [[nodiscard]] std::optional<std::string> find_file(const std::string& path) const override
    {
        const auto found = files.find(path);
        return found == files.end() ? std::nullopt : std::optional{found->second};
    }
    [[nodiscard]] std::optional<std::string> find_small_file(const std::string& path, std::size_t limit) const override
    {
        const auto content = find_file(path);
        return content && content->size() < limit ? content : std::nullopt;
    }
    [[nodiscard]] bool exists(const std::string& path) const override { return files.contains(path); }

    [[nodiscard]] std::string stranger_of(const std::string& path) const override
    {
        const auto found = strangers.find(path);
        return found == strangers.end() ? std::string{} : found->second;
    }

    std::map<std::string, std::string> files;
    std::map<std::string, std::string> strangers; ///< path -> owner
};

inline Project load(const World& world, const LoadRequest& request = {}, const ProjectRequest& wanted = {})
{
    Project project = make_project(world, load_document(world, request), wanted);
    if (wanted.resolve_environment)
        read_env_files(project, world, {}, true);
    return project;
}

/// A service as `config --format json` shows it.
inline nlohmann::ordered_json service_of(const Project& project, const std::string& name) { return to_json(project.service(name).node); }

/// The message of the Error that `work` throws, and its hint behind " | ".
template <typename Work>
std::string error_of(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return cat(error.message(), error.hint().empty() ? "" : " | ", error.hint());
    }
    return "no error";
}

} // namespace skiff::compose
