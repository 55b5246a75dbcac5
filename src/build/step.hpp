#pragma once

#include "build/instruction.hpp"
#include "build/run_mount.hpp"
#include "build/variables.hpp"
#include "oci/image_config.hpp"

#include <string>
#include <variant>
#include <vector>

/// An instruction with its variables filled in: what is to be done, and what it makes of the image's configuration.
/// Nothing here touches a file.
namespace skiff::build {

/// A stage between two instructions.
struct StageState
{
    oci::ImageConfig image;
    StageArgs args;
    bool has_cmd = false; ///< CMD was set in this stage: ENTRYPOINT leaves it alone
};

/// Only the configuration changes.
struct ConfigStep
{
};

struct RunStep
{
    std::vector<std::string> argv;
    std::string script; ///< `RUN <<EOF` that begins with "#!": the text of a program to execute instead of argv
    Values args;        ///< ARGs as RUN sees them, names of the environment left out
    std::vector<RunMount> mounts; ///< targets are absolute
    std::string network;          ///< "", "none", "host"
    bool is_privileged = false;
    // As the configuration says:
    std::vector<std::string> env;
    std::string user;
    std::string working_dir; ///< absolute
};

/// The text of a heredoc as a file.
struct InlineFile
{
    std::string name;
    std::string content;
};

struct CopyStep
{
    bool is_add = false;
    std::vector<std::string> sources;
    std::vector<InlineFile> inline_files;
    std::string destination; ///< absolute; ends in '/' when it names a directory
    std::string from;        ///< a stage, image or named context; empty: the context
    std::string chown;
    std::string chmod;
    std::string checksum;
    std::vector<std::string> excludes;
    bool link = false;
    bool parents = false;
    bool keep_git_dir = false;
    std::optional<bool> unpack;
};

struct WorkdirStep
{
    std::string path; ///< absolute: to be made where it is missing
    std::string user; ///< its owner then
};

using StepAction = std::variant<ConfigStep, RunStep, CopyStep, WorkdirStep>;

struct Step
{
    Place place;
    std::string text;       ///< "RUN make", as in the file
    std::string created_by; ///< for the history
    StepAction action;
    std::set<std::string> undefined; ///< names without a value
};

/// Works `instruction` out and changes `state` as it says. Throws Error(Failure) "FILE:LINE: ...".
Step make_step(const Instruction& instruction, StageState& state, GlobalArgs& args, char escape);

/// The triggers of a base image's ONBUILD, as instructions that stand at `place`.
std::vector<Instruction> on_build_instructions(const oci::ExecutionConfig& config, const Place& place);

/// Sets NAME=value, in the place of an older one.
void set_env(std::vector<std::string>& env, const std::string& name, const std::string& value);

/// "/a" + "b/../c/" → "/a/c". What a relative path means in WORKDIR.
std::string absolute_path(std::string_view working_dir, std::string_view path);

/// "80", "8000-8002/udp", "127.0.0.1:80:8080/TCP" → "80/tcp" ... Throws Error(Failure) "invalid containerPort: X".
std::vector<std::string> exposed_ports(std::string_view word);

/// RUN's words before a line in shell form: the image's SHELL or /bin/sh -c.
std::vector<std::string> shell_of(const oci::ExecutionConfig& config);

} // namespace skiff::build
