#include "build/variables.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace skiff::build {

Values platform_args(const oci::Platform& target, const oci::Platform& host)
{
    return {{"TARGETPLATFORM", target.text()}, {"TARGETOS", target.os}, {"TARGETARCH", target.architecture}, {"TARGETVARIANT", target.variant},
            {"BUILDPLATFORM", host.text()},    {"BUILDOS", host.os},    {"BUILDARCH", host.architecture},    {"BUILDVARIANT", host.variant}};
}

bool is_proxy_name(std::string_view name)
{
    constexpr std::array<std::string_view, 10> names{"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY",
                                                     "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

GlobalArgs::GlobalArgs(const BuildArgs& args, const Containerfile& file) : args_(args), escape_(file.directives.escape)
{
    for (const Instruction& instruction : file.global_args) {
        for (const DeclaredArg& arg : std::get<ArgInstruction>(instruction.body).args) {
            std::optional<std::string> value = given(arg.name);
            if (!value && arg.value) {
                Expansion expansion = from_line();
                value = while_doing(cat(instruction.place.file, ":", instruction.place.line, ": ARG ", arg.name), [&] { return expand_word(*arg.value, expansion); });
            }
            declared_[arg.name] = value;
        }
    }
}

Expansion GlobalArgs::from_line() const
{
    Expansion expansion;
    expansion.escape = escape_;
    expansion.find = [this](std::string_view name) -> std::optional<std::string> {
        if (const auto found = declared_.find(name); found != declared_.end() && found->second)
            return found->second;
        if (const auto found = args_.platform.find(name); found != args_.platform.end())
            return found->second;
        return std::nullopt;
    };
    return expansion;
}

std::optional<std::string> GlobalArgs::given(const std::string& name)
{
    const auto found = args_.given.find(name);
    if (found == args_.given.end())
        return std::nullopt;
    consumed_.insert(name);
    return found->second;
}

std::optional<std::string> GlobalArgs::import(const std::string& name)
{
    if (const std::optional<std::string> value = given(name))
        return value;
    if (const auto found = declared_.find(name); found != declared_.end())
        return found->second;
    if (const auto found = args_.platform.find(name); found != args_.platform.end())
        return found->second;
    return std::nullopt;
}

std::vector<std::string> GlobalArgs::not_consumed() const
{
    std::vector<std::string> names;
    for (const auto& [name, value] : args_.given)
        if (!consumed_.contains(name) && !is_proxy_name(name))
            names.push_back(name);
    return names;
}

void StageArgs::declare(const std::string& name, std::optional<std::string> value)
{
    const auto found = std::find_if(args_.begin(), args_.end(), [&](const DeclaredArg& arg) { return arg.name == name; });
    if (found == args_.end())
        args_.push_back({name, std::move(value)});
    else if (value)
        found->value = std::move(value);
}

std::optional<std::string> StageArgs::find(std::string_view name) const
{
    const auto found = std::find_if(args_.begin(), args_.end(), [&](const DeclaredArg& arg) { return arg.name == name; });
    return found == args_.end() ? std::nullopt : found->value;
}

Values StageArgs::with_values() const
{
    Values values;
    for (const DeclaredArg& arg : args_)
        if (arg.value)
            values[arg.name] = *arg.value;
    return values;
}

} // namespace skiff::build
