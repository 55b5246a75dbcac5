#pragma once

#include "build/containerfile.hpp"
#include "build/expand.hpp"
#include "oci/platform.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Which names mean what, where in the file. Source: the Dockerfile reference, "ARG", "Using ARG variables".
namespace skiff::build {

using Values = std::map<std::string, std::string, std::less<>>;

/// What the caller gave with --build-arg, and what the build itself knows.
struct BuildArgs
{
    Values given;
    Values platform; ///< TARGETPLATFORM, BUILDARCH ...
    Values proxies;  ///< HTTP_PROXY ... of the caller's environment; seen by RUN alone
};

/// TARGETPLATFORM, TARGETOS, TARGETARCH, TARGETVARIANT and the BUILD... of `host`.
Values platform_args(const oci::Platform& target, const oci::Platform& host);

/// HTTP_PROXY and its kin, in both cases: no ARG line is needed for them.
bool is_proxy_name(std::string_view name);

/// The ARGs before the first FROM, and which given arguments anybody asked for.
class GlobalArgs
{
  public:
    GlobalArgs(const BuildArgs& args, const Containerfile& file);

    /// For FROM lines: global ARGs with a value, and platform arguments. Collects names that are not set.
    Expansion from_line() const;
    /// The value that `ARG name` imports into a stage: given, declared before FROM, or the platform's.
    std::optional<std::string> import(const std::string& name);
    std::optional<std::string> given(const std::string& name);
    [[nodiscard]] const BuildArgs& args() const { return args_; }

    /// Given names that no ARG line declares: worth a warning.
    [[nodiscard]] std::vector<std::string> not_consumed() const;

  private:
    BuildArgs args_;
    char escape_;
    std::map<std::string, std::optional<std::string>, std::less<>> declared_;
    std::set<std::string> consumed_;
};

/// The ARGs of one stage, from their lines on. A name of the environment hides an ARG of the same name.
class StageArgs
{
  public:
    void declare(const std::string& name, std::optional<std::string> value);
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    /// Those with a value, by name.
    [[nodiscard]] Values with_values() const;
    /// In order of declaration.
    [[nodiscard]] const std::vector<DeclaredArg>& declared() const { return args_; }

  private:
    std::vector<DeclaredArg> args_;
};

} // namespace skiff::build
