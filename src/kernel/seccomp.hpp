#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// System call filters: rules in, BPF out. What the rules are is decided in runtime/security_profile.hpp.
namespace skiff::kernel {

struct SeccompAction
{
    enum class Kind
    {
        Allow,
        Errno,
        Notify, ///< held for a listener (seccomp_listener.hpp)
        Log,
        Trap,
        Trace,
        KillThread,
        KillProcess
    };
    Kind kind = Kind::Allow;
    std::uint16_t data = 0; ///< Errno: the errno; Trace: the tracer's message
    bool operator==(const SeccompAction&) const = default;
};

enum class SeccompCompare
{
    NotEqual,
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    MaskedEqual
};

struct SeccompCondition
{
    unsigned argument = 0; ///< 0 to 5
    SeccompCompare compare = SeccompCompare::Equal;
    std::uint64_t value = 0;     ///< MaskedEqual: the mask
    std::uint64_t value_two = 0; ///< MaskedEqual: what the masked argument must be
};

struct SeccompRule
{
    std::vector<std::string> names; ///< names that this machine does not know are passed over
    SeccompAction action;
    std::vector<SeccompCondition> conditions; ///< all must hold; several for one argument are alternatives (as in runc)
};

/// For one call: denials of argument values come first, then other conditional rules in their order, then an
/// unconditional Allow, then the first other unconditional rule: "allow ioctl, but not with TIOCSTI".
struct SeccompFilter
{
    SeccompAction default_action;
    std::vector<std::string>
        architectures; ///< "SCMP_ARCH_X86" ...; empty: the machine's own. Others are answered with ENOSYS.
    std::vector<SeccompRule> rules;
};

/// The machine's own architecture as "SCMP_ARCH_X86_64".
std::string native_seccomp_architecture();

/// The program's sock_filter array as bytes. Throws Error when it becomes too long for the kernel.
std::string compile_seccomp(const SeccompFilter& filter);

} // namespace skiff::kernel
