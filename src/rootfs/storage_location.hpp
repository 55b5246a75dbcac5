#pragma once

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// Where skiff keeps its data and its runtime files, on desktops and on machines whose homes are on a network (hpc.md §5, §6;
/// security.md R26, R27).
namespace skiff::rootfs {

/// What decides; tests invent it.
struct StorageFacts
{
    uid_t uid = 0;
    std::string home; ///< empty when there is none
    std::function<std::optional<std::string>(const char*)> variable; ///< the environment; empty values are none
    std::vector<std::string> shared_roots{"/local_scratch", "/scratch/local", "/tmp", "/var/tmp", "/dev/shm"};
    std::string run_root = "/run/user"; ///< where systemd keeps users' runtime directories
};
StorageFacts load_storage_facts();

/// A home directory that this user can neither look at nor write to belongs to whoever called sudo; the account's own is
/// meant then.
bool is_of_another_user(const std::string& home, uid_t uid);

struct StorageLocation
{
    std::string path;                ///< exists, is ours, mode 0700
    std::string why;                 ///< one line for `info`
    std::vector<std::string> notes;  ///< what spoke against the better candidates, and what was put right; for `info` and a log line
};

/// Makes the directory when it is missing, and closes it to others when it is open. `asked` (--root, SKIFF_ROOT) is taken or
/// is an Error; else the first candidate that is on a disk of this machine and nobody else's:
/// $XDG_DATA_HOME/skiff, $SLURM_TMPDIR, $TMPDIR, local scratch, /tmp, /var/tmp, memory. In a directory that all users share
/// its name is skiff-UID, and what is there is used only when it is ours and closed to others.
StorageLocation choose_data_dir(const StorageFacts& facts, const std::string& asked = {});

/// $XDG_RUNTIME_DIR/skiff, /run/user/UID/skiff, `run` in the data directory, or, when that is on a network, skiff-run-UID in
/// local scratch or /tmp.
StorageLocation choose_run_dir(const StorageFacts& facts, const std::string& data_dir, const std::string& asked = {});

} // namespace skiff::rootfs
