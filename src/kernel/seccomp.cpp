// libseccomp makes the decision tree; what it cannot express stands in front of it, in BPF of our own: "this system
// call is allowed, but not with these values in the low 32 bits of its arguments". The kernel takes the low half of an
// int argument only, so a comparison of all 64 bits (which "not equal" is) would let TIOCSTI pass with a bit set above.

#include "kernel/seccomp.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <seccomp.h>
#include <set>
#include <sys/mman.h>

namespace skiff::kernel {
namespace {

constexpr std::uint64_t low_half = 0xffffffff;

struct Architecture
{
    std::string_view name;
    std::uint32_t token;
};

constexpr Architecture architectures[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},     {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},           {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},   {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},   {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},       {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
};

std::vector<std::uint32_t> tokens_of(const SeccompFilter& filter)
{
    std::vector<std::uint32_t> tokens;
    for (const Architecture& known : architectures)
        if (std::find(filter.architectures.begin(), filter.architectures.end(), known.name) !=
            filter.architectures.end())
            tokens.push_back(known.token);
    const std::uint32_t own = ::seccomp_arch_native();
    if (std::find(tokens.begin(), tokens.end(), own) == tokens.end())
        tokens.insert(tokens.begin(), own);
    return tokens;
}

std::uint32_t number_of(const SeccompAction& action)
{
    switch (action.kind) {
    case SeccompAction::Kind::Allow:
        return SCMP_ACT_ALLOW;
    case SeccompAction::Kind::Errno:
        return SCMP_ACT_ERRNO(action.data);
    case SeccompAction::Kind::Log:
        return SCMP_ACT_LOG;
    case SeccompAction::Kind::Trap:
        return SCMP_ACT_TRAP;
    case SeccompAction::Kind::Trace:
        return SCMP_ACT_TRACE(action.data);
    case SeccompAction::Kind::KillThread:
        return SCMP_ACT_KILL_THREAD;
    case SeccompAction::Kind::KillProcess:
        return SCMP_ACT_KILL_PROCESS;
    }
    return SCMP_ACT_KILL_PROCESS;
}

scmp_compare comparison_of(SeccompCompare compare)
{
    switch (compare) {
    case SeccompCompare::NotEqual:
        return SCMP_CMP_NE;
    case SeccompCompare::Less:
        return SCMP_CMP_LT;
    case SeccompCompare::LessOrEqual:
        return SCMP_CMP_LE;
    case SeccompCompare::Equal:
        return SCMP_CMP_EQ;
    case SeccompCompare::GreaterOrEqual:
        return SCMP_CMP_GE;
    case SeccompCompare::Greater:
        return SCMP_CMP_GT;
    case SeccompCompare::MaskedEqual:
        return SCMP_CMP_MASKED_EQ;
    }
    return SCMP_CMP_EQ;
}

/// Goes in front: a denial by values of low halves.
bool is_value_denial(const SeccompRule& rule)
{
    return rule.action.kind == SeccompAction::Kind::Errno && !rule.conditions.empty() &&
           std::all_of(rule.conditions.begin(), rule.conditions.end(), [](const SeccompCondition& condition) {
               return condition.compare == SeccompCompare::MaskedEqual && condition.value == low_half;
           });
}

// The part of our own

constexpr std::uint32_t load_word = BPF_LD | BPF_W | BPF_ABS;

std::uint32_t low_half_offset(unsigned argument)
{
    constexpr std::uint32_t within = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + argument * 8 + within;
}

sock_filter statement(std::uint32_t code, std::uint32_t value)
{
    return {static_cast<std::uint16_t>(code), 0, 0, value};
}

/// Goes on with the next instruction when the accumulator is `value`, and skips `otherwise` instructions when not.
sock_filter unless_equal_skip(std::uint32_t value, std::size_t otherwise)
{
    return {BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(otherwise), value};
}

/// The number of the call on one architecture; nothing when it does not exist there.
std::optional<std::uint32_t> find_number(std::uint32_t token, const std::string& name)
{
    const int number = ::seccomp_syscall_resolve_name_arch(token, name.c_str());
    if (number == __NR_SCMP_ERROR || number < -1)
        return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

std::vector<sock_filter> make_denial(std::uint32_t number, const SeccompRule& rule)
{
    std::vector<sock_filter> code;
    const std::size_t length = 2 * rule.conditions.size() + 1; // what a mismatch skips at most
    code.push_back(statement(load_word, offsetof(seccomp_data, nr)));
    code.push_back(unless_equal_skip(number, length));
    std::size_t left = length;
    for (const SeccompCondition& condition : rule.conditions) {
        code.push_back(statement(load_word, low_half_offset(condition.argument)));
        left -= 2;
        code.push_back(unless_equal_skip(static_cast<std::uint32_t>(condition.value_two), left));
    }
    code.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (rule.action.data & SECCOMP_RET_DATA)));
    return code;
}

std::vector<sock_filter> make_denials(const SeccompFilter& filter, const std::vector<std::uint32_t>& tokens)
{
    std::vector<sock_filter> code;
    for (const std::uint32_t token : tokens) {
        std::vector<sock_filter> block;
        for (const SeccompRule& rule : filter.rules) {
            if (!is_value_denial(rule))
                continue;
            for (const std::string& name : rule.names)
                if (const auto number = find_number(token, name)) {
                    const auto denial = make_denial(*number, rule);
                    block.insert(block.end(), denial.begin(), denial.end());
                }
        }
        if (block.empty())
            continue;
        // The token is the AUDIT_ARCH value, except for x32, which shares x86-64's.
        code.push_back(statement(load_word, offsetof(seccomp_data, arch)));
        code.push_back(
            {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, token == SCMP_ARCH_X32 ? std::uint32_t{SCMP_ARCH_X86_64} : token});
        code.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(block.size())));
        code.insert(code.end(), block.begin(), block.end());
    }
    return code;
}

// libseccomp's part

struct ReleaseContext
{
    void operator()(void* context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

void check(int result, const std::string& doing)
{
    if (result < 0)
        throw Error{-result, cat("compiling the seccomp filter: ", doing)};
}

void add_rule(const Context& context, std::uint32_t action, const std::string& name,
              std::vector<scmp_arg_cmp> conditions)
{
    const int number = ::seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR)
        return; // younger than this libseccomp, or not for this machine: the default answers
    const int result = ::seccomp_rule_add_array(context.get(), action, number, static_cast<unsigned>(conditions.size()),
                                                conditions.data());
    if (result == -EEXIST || result == -EDOM) // the same twice; a call that one of the architectures lacks
        return;
    check(result, name);
}

void add_rules(const Context& context, const SeccompRule& rule, const std::string& name)
{
    std::vector<scmp_arg_cmp> conditions;
    std::set<unsigned> arguments;
    for (const SeccompCondition& condition : rule.conditions) {
        conditions.push_back(
            {condition.argument, comparison_of(condition.compare), condition.value, condition.value_two});
        arguments.insert(condition.argument);
    }
    const std::uint32_t action = number_of(rule.action);
    if (arguments.size() == conditions.size()) {
        add_rule(context, action, name, conditions);
        return;
    }
    for (const scmp_arg_cmp& condition : conditions)
        add_rule(context, action, name, {condition});
}

std::string export_program(const Context& context)
{
    const UniqueFd file{::memfd_create("seccomp", MFD_CLOEXEC)};
    if (!file)
        throw Error{errno, "compiling the seccomp filter"};
    check(::seccomp_export_bpf(context.get(), file.get()), "writing the program");
    if (::lseek(file.get(), 0, SEEK_SET) != 0)
        throw Error{errno, "compiling the seccomp filter"};
    return read_all(file.get(), BPF_MAXINSNS * sizeof(sock_filter), "seccomp filter");
}

} // namespace

std::string native_seccomp_architecture()
{
    const std::uint32_t own = ::seccomp_arch_native();
    for (const Architecture& known : architectures)
        if (known.token == own)
            return std::string{known.name};
    return {};
}

std::string compile_seccomp(const SeccompFilter& filter)
{
    const Context context{::seccomp_init(number_of(filter.default_action))};
    if (!context)
        throw Error{ErrorKind::Failure, "compiling the seccomp filter: the default action is not supported"};
    const std::vector<std::uint32_t> tokens = tokens_of(filter);
    for (const std::uint32_t token : tokens)
        if (const int added = ::seccomp_arch_add(context.get(), token); added != -EEXIST)
            check(added, "adding an architecture");
    check(::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)), "other architectures");
    // A binary search instead of a list: libseccomp before 2.5 has none, and a list does as well.
    (void)::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);

    std::set<std::string> allowed;
    for (const SeccompRule& rule : filter.rules)
        if (rule.action.kind == SeccompAction::Kind::Allow && rule.conditions.empty())
            allowed.insert(rule.names.begin(), rule.names.end());
    for (const SeccompRule& rule : filter.rules) {
        if (is_value_denial(rule) || rule.action == filter.default_action)
            continue;
        const bool is_plain_allow = rule.action.kind == SeccompAction::Kind::Allow && rule.conditions.empty();
        for (const std::string& name : rule.names)
            if (is_plain_allow || !allowed.contains(name))
                add_rules(context, rule, name);
    }
    const std::vector<sock_filter> denials = make_denials(filter, tokens);
    std::string program{reinterpret_cast<const char*>(denials.data()), denials.size() * sizeof(sock_filter)};
    program += export_program(context);
    if (program.size() / sizeof(sock_filter) > BPF_MAXINSNS)
        throw Error{ErrorKind::Failure, "compiling the seccomp filter: it is too long"};
    return program;
}

} // namespace skiff::kernel
