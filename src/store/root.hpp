#pragma once

#include "base/file.hpp"
#include "base/lock.hpp"
#include "base/unique_fd.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

/// An additional image store (storage.conf's additionalimagestores, or --storage-opt imagestore=DIR).
struct OtherStorePath
{
    std::string path;
    bool required = true; ///< else what is no store of ours is passed over: the file may be meant for another engine
};

/// A store that somebody else filled: its images and layers are used where they are, nothing in it is ever written, and
/// no lock is taken there. So whoever fills it removes from it only what nobody uses.
struct OtherStore
{
    std::string path;
    UniqueFd data;
    bool is_own = false; ///< filled by this user: owners of all files are what they say
};

/// Where the store lives; chosen by rootfs/storage_location or by --root and --runroot.
struct StorePaths
{
    std::string data_dir; ///< survives reboots
    std::string run_dir;  ///< dies with the boot (or is treated so); sockets, locks and states
    /// Stores that others filled, in the order of their looking up. Asked when an image or layer is looked for.
    std::function<std::vector<OtherStorePath>()> others;
    bool share = false; ///< make the store one that other users read (Root::is_shared)
};

/// While one lives, nothing that it may be about to use is collected as garbage. Held from looking an image up until
/// the container or image that needs its layers is committed; never during network traffic or unpacking (security.md
/// R30).
class StoreUse
{
    friend class Root;
    explicit StoreUse(FileLock lock) : lock_{std::move(lock)} {}
    FileLock lock_;
};

/// The store for oneself: nobody else commits or looks up images for a container. For removing images and for prune.
class StoreAlone
{
    friend class Root;
    explicit StoreAlone(FileLock lock) : lock_{std::move(lock)} {}
    FileLock lock_;
};

/// The two directories, opened, checked and initialised: what all parts of the store stand on.
///
///     DATA  format  run -> RUN  store.lock  shared
///           blobs/sha256/  layers/  images/  containers/  volumes/  networks/  names/{containers,images}/  events.log
///           secrets/  names/secrets/  once there has been one
///           staging/  objects being built: committed by rename, so what has its final name is complete (R56)
///           trash/    objects being removed: renamed to here first, so nobody sees half of one
///     RUN   boot      the boot that its contents belong to
///           containers/  networks/  locks/
class Root
{
  public:
    /// Creates what is missing. Refuses a store of a newer program, a directory with other things in it, directories of
    /// other people, and a run directory that others may enter. A data directory that others may enter is closed, with
    /// a warning (R26, R27).
    explicit Root(const StorePaths& paths);

    [[nodiscard]] const std::string& data_path() const { return data_path_; }
    /// Not always the one asked for: while a store's run directory lives, everybody uses the same one, whatever
    /// XDG_RUNTIME_DIR says in a cron job or after su. Else running containers would look dead from there.
    [[nodiscard]] const std::string& run_path() const { return run_path_; }
    [[nodiscard]] int data() const { return data_.get(); }
    [[nodiscard]] const std::vector<OtherStore>& others() const;
    /// A store that other users read as an additional one: its layers are unpacked for one id, with the truth about
    /// owners and modes in attributes, and readable to everybody. The file `shared` says so.
    [[nodiscard]] bool is_shared() const { return is_shared_; }
    /// As save_atomically below DATA, for what other users may read in a shared store.
    void save(const std::string& path, std::string_view text, Durability durability) const;
    [[nodiscard]] int run() const { return run_.get(); }

    /// Sweeps away first what dead processes left in staging/.
    [[nodiscard]] StoreUse use() const;
    [[nodiscard]] StoreAlone alone() const;
    /// A lock of the store's parts: RUN/locks/NAME, exclusive.
    [[nodiscard]] FileLock lock(const std::string& name) const;
    [[nodiscard]] std::optional<FileLock> try_lock(const std::string& name,
                                                   FileLock::Mode mode = FileLock::Mode::Exclusive) const;

  private:
    void open_data(bool share);
    void open_to_others() const;
    void open_run();
    bool adopt_run_directory();
    void remember_run_directory() const;

    std::string data_path_;
    std::string run_path_;
    UniqueFd data_;
    UniqueFd run_;
    bool is_shared_ = false;
    std::function<std::vector<OtherStorePath>()> find_others_;
    mutable std::optional<std::vector<OtherStore>> others_; ///< when they were asked for
};

} // namespace skiff::store
