#pragma once

#include "engine/engine.hpp"
#include "frontends/compose/project.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::cli {

/// A service's secrets and configs as secrets of the engine, for as long as a container is being made: it gets copies, with owner and
/// mode. External ones are there already.
class SecretCopies
{
  public:
    /// Throws for files that are missing and variables that are not set.
    SecretCopies(engine::Engine& engine, const compose::Project& project, const compose::Service& service);
    ~SecretCopies();
    SecretCopies(const SecretCopies&) = delete;
    SecretCopies& operator=(const SecretCopies&) = delete;

    /// As compose::Instance::secret_names.
    [[nodiscard]] const std::map<std::string, std::string>& names() const { return names_; }

  private:
    void add(const std::string& section, const compose::Project& project, const compose::Node& reference, const compose::Resource& resource);

    engine::Engine& engine_;
    std::map<std::string, std::string> names_;
    std::vector<std::string> made_;
};

} // namespace skiff::cli
