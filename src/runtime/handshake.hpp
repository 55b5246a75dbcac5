#pragma once

#include <cstdint>

/// What a container's process and its maker say to each other over one SEQPACKET socket. Both sides include this.
///
// clang-format off
///     parent                                child
///       | <--- Joined (pid) ----------------- |   only from the helper that joins namespaces
///       | ---- Proceed ---------------------> |   only then, or with a user namespace of its own: the id maps are written
///       | <--- TapMade (tap) ---------------- |   only with a TapStep
///       | <--- NamespacesReady -------------- |   only with hooks that run before pivot_root
///       | ---- HooksDone -------------------> |
///       | <--- Created (console, devpts) ---- |   everything is set up
///       | ---- Start -----------------------> |
///       | <--- Listening (listener) --------- |   only with a filter that holds calls
///       | <--- end of file: exec happened, or the process was killed (has_executed tells)
// clang-format on
///
/// Instead of any of its words the child may say Failed, and is gone.
namespace skiff::runtime {

enum class Word : std::uint32_t
{
    Proceed = 1,
    TapMade,
    NamespacesReady,
    HooksDone,
    Created,
    Start,
    Listening, ///< with the listener of its filter
    Joined, ///< from the helper that joins namespaces: `item` is the pid of the process that it made
    Failed,
};

/// What the child was doing when it failed. The parent has the plan with all the names.
enum class Step : std::uint32_t
{
    None,
    Signals,
    JoinNamespace, ///< item: index of the join
    WaitForParent,
    SetupIdentity,
    Tap,
    Propagation,
    AttachRoot,
    MountTarget, ///< item: index of the mount step
    Mount,
    MountAttributes,
    Device,     ///< item: index of the device
    DeviceLink, ///< item: index of the link
    Console,
    MaskedPath, ///< item: index of the path
    ReadonlyPath,
    VerifyMaskedPath,
    VerifyReadonlyPath,
    ReadonlyRoot,
    Hostname,
    Domainname,
    Sysctl, ///< item: index of the setting
    Hook,   ///< item: index of the hook
    PivotRoot,
    WorkingDirectory,
    OomScore,
    Rlimit, ///< item: index of the limit
    Keyring,
    Session,
    Stdio,
    Groups,
    UserId,
    Capabilities,
    NoNewPrivileges,
    Seccomp,
    Reaper,
    Exec,
    ExecMissing, ///< the command is not there
};

/// Fixed size: one message is one record.
struct HandshakeMessage
{
    Word word;
    Step step;
    std::uint32_t item;
    std::int32_t error; ///< errno
};

} // namespace skiff::runtime
