#pragma once

#include "base/lock.hpp"
#include "cli/compose/foreman.hpp"
#include "engine/engine.hpp"

#include <map>
#include <optional>
#include <string>

namespace skiff::cli {

/// One command at a time changes a project. A command that waits for conditions lets others have their turn meanwhile, and goes on if
/// they have left it the containers that it knew.
class ProjectLock : public Turn
{
  public:
    ProjectLock(engine::Engine& engine, std::string project) : engine_{engine}, project_{std::move(project)} {}
    ~ProjectLock() override { unlock(); }

    /// Waits for the other command, and says so.
    void lock();
    void unlock();
    [[nodiscard]] bool is_held() const { return lock_.has_value(); }

    bool try_take() override;
    void give() override;
    [[nodiscard]] Job::Gate check() const override;

  private:
    [[nodiscard]] std::string file_name() const;
    [[nodiscard]] UniqueFd open_directory() const;
    [[nodiscard]] std::map<std::string, std::string> list_containers() const;

    engine::Engine& engine_;
    std::string project_;
    std::optional<FileLock> lock_;
    std::map<std::string, std::string> known_; ///< id -> name of the containers when the turn was given away
};

} // namespace skiff::cli
