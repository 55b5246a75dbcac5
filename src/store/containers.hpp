#pragma once

#include "base/lock.hpp"
#include "base/unique_fd.hpp"
#include "model/container_config.hpp"
#include "model/container_state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

class Root;
class StoreUse;

/// A run that nobody wrote the end of.
enum class LostRun
{
    No,
    MonitorDied, ///< in this boot: what it left (state's processes, mounts, the cgroup) must be cleaned up and recorded
    Reboot,      ///< nothing of it is left; to be recorded, and the restart policy may want it again
};

/// All that the store knows of one container at one moment.
struct ContainerRecord
{
    ContainerConfig config;
    ContainerStatus status = ContainerStatus::Created;
    bool monitor_alive = false;
    std::optional<ContainerState> state; ///< of this boot: what its monitor says, or a dead one said last
    std::optional<ExitRecord> exit;      ///< how the last run ended; made up (137 and the reason) when `lost`
    LostRun lost = LostRun::No;

    [[nodiscard]] bool is_running() const ///< as Podman means it: there is a process, moving or paused
    {
        return status == ContainerStatus::Running || status == ContainerStatus::Paused ||
               status == ContainerStatus::Stopping;
    }
};

/// The containers of a store:
///
///     DATA/containers/ID/          config.json  started  exit.json  exit.reserved  log  private/
///                                  upper/ work/ ... (the rootfs room's)
///     DATA/names/containers/NAME   -> ID
///     RUN/containers/ID/           lock  monitor.lock  state.json  control.sock
///
/// `exit.reserved` is room on the disk for exit.json, taken when the run begins: the container may have filled the disk by its end.
/// `private/NUMBER` (0600) is the content of config.private_items[NUMBER], which no other file repeats.
///
/// `started` is a link whose text says in which boot and when the last run began. A run is over when exit.json is
/// there; if it is not and no monitor holds its lock, the run was lost. The order that makes this true at every
/// instant: the monitor's lock is taken, then record_start, then effects; save_exit, then the lock is let go.
///
/// Every function throws Error(NotFound) `no container with name or ID "X" found: no such container` for a container
/// that is not there (any more), unless it says otherwise.
class Containers
{
  public:
    explicit Containers(const Root& root) : root_{&root} {}

    /// Commits a new container: its name is reserved and its directory there, or nothing happened. Costs one fsync,
    /// none for one that is removed when it exits. Throws `the container name "X" is already in use by ID ...`.
    /// `private_contents` are those of config.private_items, in that order.
    void create(const ContainerConfig& config, const StoreUse& use,
                const std::vector<std::string>& private_contents = {}) const;
    [[nodiscard]] std::string load_private_content(const std::string& id, std::size_t number) const;

    /// The id of what a user calls `text`: a name, an id, or the beginning of exactly one id. Names win.
    [[nodiscard]] std::optional<std::string> find(const std::string& text) const;
    [[nodiscard]] std::string resolve(const std::string& text) const; ///< as find, but absence is an error
    [[nodiscard]] bool exists(const std::string& id) const;

    [[nodiscard]] ContainerRecord load(const std::string& id) const;
    [[nodiscard]] ContainerConfig load_config(const std::string& id) const;
    [[nodiscard]] ContainerRecord load_by_name(const std::string& text) const { return load(resolve(text)); }

    enum class Which
    {
        All,
        Alive ///< with a live monitor: costs nothing for all the others
    };
    /// In the order of their creation. What vanishes meanwhile is left out, what is damaged too, with a warning.
    [[nodiscard]] std::vector<ContainerRecord> list(Which which = Which::All) const;
    [[nodiscard]] std::vector<std::string> list_ids() const;

    /// Gives it another name; the text of a name in use is create's. Under the container's lock.
    void rename(const std::string& id, const std::string& new_name) const;
    /// Replaces the record of an existing container (update); its name must not change. Under the container's lock.
    void save_config(const ContainerConfig& config) const;
    /// Takes it away with all its files and its name. Inside the user namespace (the files belong to subordinate ids),
    /// under the container's lock or by its monitor, when nothing of it runs or is mounted. False when it was gone.
    bool remove(const std::string& id) const;

    /// Makes its name lead to it again, unless another one has it.
    void mend_name(const std::string& id) const;

    // Life. --------------------------------------------------------------------------------------------------

    /// Serialises the verbs that change one container (start, stop, rm, rename ...).
    [[nodiscard]] FileLock lock(const std::string& id) const;
    /// The lock that means "alive", for the process that becomes the monitor or hands it over to it. Nothing when a
    /// monitor lives.
    [[nodiscard]] std::optional<FileLock> try_lock_monitor(const std::string& id) const;
    [[nodiscard]] bool is_monitor_alive(const std::string& id) const;
    /// A run begins; under the monitor's lock, before the first effect. Forgets how the one before ended.
    void record_start(const std::string& id, WallTime now) const;
    void save_state(const std::string& id, const ContainerState& state) const;
    /// A run is over. On a full or broken disk the record goes to the run directory instead.
    void save_exit(const std::string& id, const ExitRecord& exit) const;

    // Places. ------------------------------------------------------------------------------------------------

    [[nodiscard]] std::string directory(const std::string& id) const;     ///< absolute path
    [[nodiscard]] std::string run_directory(const std::string& id) const; ///< absolute path; made by make_run_directory
    [[nodiscard]] UniqueFd open_directory(const std::string& id) const;
    [[nodiscard]] UniqueFd make_run_directory(const std::string& id) const;

  private:
    [[nodiscard]] std::optional<ContainerRecord> find_record_of(const std::string& id) const;
    void read_life(ContainerRecord& record) const;
    void claim_name(const std::string& name, const std::string& id) const;
    void release_name(const std::string& name, const std::string& id) const;

    const Root* root_;
};

} // namespace skiff::store
