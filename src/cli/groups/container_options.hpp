#pragma once

#include "cli/command.hpp"
#include "cli/values_limits.hpp"
#include "model/create_request.hpp"

#include <span>
#include <string>
#include <vector>

/// The hundred options of a new container: `run` and `create` have them in common.
namespace skiff::cli {

/// What the tables fill. `request` is what they say; the rest is text that means something only together.
struct ContainerOptions
{
    CreateRequest request;
    std::vector<std::string> environment, environment_files;
    std::vector<std::string> labels, label_files;
    UlimitRequest ulimits;
};

extern const OptionGroup container_options; ///< of ContainerOptions: labels, environment, ulimits
extern const OptionGroup mount_options;     ///< of CreateRequest
extern const OptionGroup process_options;   ///< of CreateRequest
extern const OptionGroup lifetime_options;  ///< of CreateRequest
extern const OptionGroup world_options;     ///< of CreateRequest
extern const OptionGroup docker_options;    ///< of nothing: what Docker has and Podman has not

/// Joins the options to a request and refuses what does not go together. `words` is the image and its command.
/// Reads the environment of the caller (PODMAN_USERNS, variables that --env passes on) and the files of --env-file and
/// --label-file; nothing else outside of its arguments.
CreateRequest make_create_request(const Invocation& invocation, ContainerOptions options,
                                  std::vector<std::string> words);

} // namespace skiff::cli
