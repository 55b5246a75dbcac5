#pragma once

#include "engine/make_config.hpp"
#include "engine/settings.hpp"
#include "engine/userns.hpp"
#include "rootfs/driver_choice.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// The global options, as far as the engine cares; empty means the default.
struct EngineOptions
{
    std::string root, run_root, storage_driver, cgroup_manager, events_backend, volume_path, tmpdir;
    std::vector<std::string> hooks_dirs, cdi_dirs, modules;
    std::vector<std::string> image_stores; ///< additional ones, in the order of looking up
    bool share_store = false;              ///< make the store one that other users read
    std::string log_level = "warn";
};

/// Where the store lives, and why there.
struct Locations
{
    std::string data_dir, data_reason;
    std::string run_dir, run_reason;
    std::vector<std::string> data_notes, run_notes; ///< what spoke against better places
};

/// The calling user, outside.
struct Account
{
    std::uint32_t uid = 0, gid = 0;
    std::string name;  ///< the number where the user has no passwd entry
    std::string group; ///< the name of the gid, or its number
    std::string gecos;
    std::string home;
};

/// What every verb gets: the store, the configuration, and the way into the user namespace. Everything is made when first
/// asked for, so that `ps` opens no namespace and `version` opens no store.
class Engine
{
  public:
    explicit Engine(EngineOptions options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] const EngineOptions& options() const { return options_; }
    const Settings& settings();
    const Locations& locations();
    store::Store& store();
    /// The driver for new containers.
    rootfs::Driver driver();
    [[nodiscard]] std::string driver_reason();

    /// Steps into the shared user namespace, once. Whatever touches files of containers or layers needs it; the process
    /// must be single-threaded.
    const UserNamespace& enter_user_namespace();
    /// What enter_user_namespace would give; costs no namespace.
    const kernel::IdentityPlan& identity();
    [[nodiscard]] bool is_inside() const { return user_namespace_.has_value(); }
    /// For make_config. Ids are those outside. `taken_ids` is only looked up for `for_auto`: it reads all containers.
    CallerFacts caller(bool for_auto);
    const Account& account();

  private:
    std::vector<store::OtherStorePath> find_image_stores();

    EngineOptions options_;
    std::uint32_t uid_, gid_; ///< before any namespace
    std::optional<Settings> settings_;
    std::optional<Locations> locations_;
    std::optional<store::Store> store_;
    std::optional<rootfs::DriverChoice> driver_;
    std::optional<kernel::IdentityPlan> identity_;
    std::optional<Account> account_;
    std::optional<UserNamespace> user_namespace_;
};

} // namespace skiff::engine
