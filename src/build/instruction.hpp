#pragma once

#include "build/place.hpp"
#include "build/source_text.hpp"
#include "build/words.hpp"
#include "oci/image_config.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What each instruction says. Variables are not filled in yet: a text here is what stands in the file.
namespace skiff::build {

/// RUN, CMD, ENTRYPOINT: a line for the shell, or the words of a command.
struct CommandLine
{
    bool is_shell = false;
    std::string line;               ///< for the shell
    std::vector<std::string> words; ///< else
};

struct FromInstruction
{
    std::string platform;
    std::string image;
    std::string stage; ///< in small letters; empty without AS
    std::string stage_as_written;
    std::string as_keyword;
};

struct RunInstruction
{
    CommandLine command;
    std::vector<Heredoc> heredocs;
    std::vector<std::string> mounts; ///< the values of --mount
    std::string network;             ///< "", "default", "none", "host"
    bool is_privileged = false;      ///< --security=insecure
};

/// COPY and ADD.
struct CopyInstruction
{
    bool is_add = false;
    std::vector<std::string> sources;
    std::string destination;
    bool is_json = false; ///< the words have no quotes to take away
    std::vector<Heredoc> heredocs;
    std::string from;
    std::string chown;
    std::string chmod;
    std::string checksum;
    std::vector<std::string> excludes;
    bool link = false;
    bool parents = false;
    bool keep_git_dir = false;
    std::optional<bool> unpack;
};

struct EnvInstruction
{
    std::vector<NamedValue> variables;
    bool is_old_form = false;
};
struct LabelInstruction
{
    std::vector<NamedValue> labels;
    bool is_old_form = false;
};
struct DeclaredArg
{
    std::string name;
    std::optional<std::string> value;
};
struct ArgInstruction
{
    std::vector<DeclaredArg> args;
};
struct CmdInstruction
{
    CommandLine command;
};
struct EntrypointInstruction
{
    CommandLine command;
};
struct ExposeInstruction
{
    std::string ports; ///< a line: a variable may hold several
};
struct VolumeInstruction
{
    std::vector<std::string> paths;
    bool is_json = false;
};
struct UserInstruction
{
    std::string user;
};
struct WorkdirInstruction
{
    std::string path;
};
struct ShellInstruction
{
    std::vector<std::string> words;
};
struct StopSignalInstruction
{
    std::string signal;
};
struct MaintainerInstruction
{
    std::string name;
};
struct HealthCheckInstruction
{
    oci::ImageHealthCheck check;
    bool is_shell = false; ///< CMD with a line: the test is ready, this is for lint
};
struct OnBuildInstruction
{
    std::string text; ///< as the image configuration keeps it, heredocs included
};

using InstructionBody =
    std::variant<FromInstruction, RunInstruction, CopyInstruction, EnvInstruction, LabelInstruction, ArgInstruction, CmdInstruction, EntrypointInstruction,
                 ExposeInstruction, VolumeInstruction, UserInstruction, WorkdirInstruction, ShellInstruction, StopSignalInstruction, MaintainerInstruction,
                 HealthCheckInstruction, OnBuildInstruction>;

struct Instruction
{
    Place place;
    std::string keyword;            ///< in capitals
    std::string keyword_as_written;
    std::string text;               ///< everything behind the keyword, on one line: what STEP lines and the history show
    CheckControl check;
    std::string comment; ///< the line above
    std::vector<int> empty_continuations;
    InstructionBody body;
};

/// Throws Error(Failure) "FILE:LINE: ..." with a hint where the mistake is a known one.
Instruction parse_instruction(const SourceInstruction& source, char escape);

/// The keywords that may begin an instruction, in capitals.
std::vector<std::string_view> instruction_keywords();

} // namespace skiff::build
