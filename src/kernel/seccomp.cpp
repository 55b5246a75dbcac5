// Our own compiler. libseccomp knows the numbers of all calls on all architectures, which is what we take from it; its
// programs are several times longer than needed (a comparison for every call instead of one for every range of calls),
// and the kernel's work at each start of a container grows with the length. It also cannot say "this call, but not with
// these values in the low half of an argument", which TIOCSTI needs: the kernel ignores the high half of an int, so a
// comparison of all 64 bits lets the value pass with a bit set above (CVE-2019-10063).
//
// The program: one section for each architecture; in it, a binary search over ranges of call numbers with the same
// answer; where the answer depends on arguments, the checks, in order.

#include "kernel/seccomp.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <map>
#include <optional>
#include <seccomp.h>

namespace skiff::kernel {
namespace {

using Code = std::vector<sock_filter>;

struct Architecture
{
    std::string_view name;
    std::uint32_t token; ///< the kernel's AUDIT_ARCH value, but for x32, which shares x86-64's
};

constexpr Architecture architectures[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},     {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},           {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},   {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},   {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},       {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
};

struct NumberedCall
{
    std::string_view name;
    std::uint32_t number;
};

/// Calls that have the same number everywhere and are younger than many a libseccomp.
constexpr NumberedCall young_calls[] = {
    {"cachestat", 451},         {"fchmodat2", 452},         {"map_shadow_stack", 453}, {"futex_wake", 454},
    {"futex_wait", 455},        {"futex_requeue", 456},     {"statmount", 457},        {"listmount", 458},
    {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
    {"setxattrat", 463},        {"getxattrat", 464},        {"listxattrat", 465},      {"removexattrat", 466},
    {"open_tree_attr", 467},    {"file_getattr", 468},      {"file_setattr", 469},
};

/// 32-bit x86 and s390 have these since Linux 4.3 and 5.1; libseccomp only knows their older form, socketcall() and
/// ipc().
constexpr NumberedCall once_multiplexed[] = {
    {"socket", 359},  {"socketpair", 360}, {"bind", 361},       {"connect", 362},     {"listen", 363},
    {"accept4", 364}, {"getsockopt", 365}, {"setsockopt", 366}, {"getsockname", 367}, {"getpeername", 368},
    {"sendto", 369},  {"sendmsg", 370},    {"recvfrom", 371},   {"recvmsg", 372},     {"shutdown", 373},
    {"semget", 393},  {"semctl", 394},     {"shmget", 395},     {"shmctl", 396},      {"shmat", 397},
    {"shmdt", 398},   {"msgget", 399},     {"msgsnd", 400},     {"msgrcv", 401},      {"msgctl", 402},
};

/// The number of the call on one architecture; nothing when it does not exist there.
std::optional<std::uint32_t> find_number(std::uint32_t token, const std::string& name)
{
    const int number = ::seccomp_syscall_resolve_name_arch(token, name.c_str());
    if (number >= 0)
        return static_cast<std::uint32_t>(number);
    if (token == SCMP_ARCH_X86 || token == SCMP_ARCH_S390)
        for (const NumberedCall& call : once_multiplexed)
            if (call.name == name)
                return call.number;
    if (number == __NR_SCMP_ERROR && token != SCMP_ARCH_X32 && token != SCMP_ARCH_MIPS64 && token != SCMP_ARCH_MIPSEL64)
        for (const NumberedCall& call : young_calls)
            if (call.name == name)
                return call.number;
    return std::nullopt;
}

std::uint32_t answer_of(const SeccompAction& action)
{
    switch (action.kind) {
    case SeccompAction::Kind::Allow:
        return SECCOMP_RET_ALLOW;
    case SeccompAction::Kind::Errno:
        return SECCOMP_RET_ERRNO | action.data;
    case SeccompAction::Kind::Notify:
        return SECCOMP_RET_USER_NOTIF;
    case SeccompAction::Kind::Log:
        return SECCOMP_RET_LOG;
    case SeccompAction::Kind::Trap:
        return SECCOMP_RET_TRAP;
    case SeccompAction::Kind::Trace:
        return SECCOMP_RET_TRACE | action.data;
    case SeccompAction::Kind::KillThread:
        return SECCOMP_RET_KILL_THREAD;
    case SeccompAction::Kind::KillProcess:
        return SECCOMP_RET_KILL_PROCESS;
    }
    return SECCOMP_RET_KILL_PROCESS;
}

// Instructions

constexpr std::uint32_t unresolved = 255; ///< a jump to the end of the check that it is in

sock_filter make(unsigned code, std::uint32_t value, unsigned if_true = 0, unsigned if_false = 0)
{
    return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false),
            value};
}

sock_filter load(std::size_t offset) { return make(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
sock_filter give(std::uint32_t answer) { return make(BPF_RET | BPF_K, answer); }
sock_filter jump(unsigned test, std::uint32_t value, unsigned if_true, unsigned if_false)
{
    return make(BPF_JMP | test | BPF_K, value, if_true, if_false);
}

std::size_t half_offset(unsigned argument, bool high)
{
    constexpr bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    return offsetof(seccomp_data, args) + std::size_t{argument} * 8 + (high == little ? 4 : 0);
}

/// Falls through when the condition holds, and goes to `unresolved` when it does not.
Code make_condition(const SeccompCondition& condition)
{
    const auto high = static_cast<std::uint32_t>(condition.value >> 32U);
    const auto low = static_cast<std::uint32_t>(condition.value);
    const sock_filter load_high = load(half_offset(condition.argument, true));
    const sock_filter load_low = load(half_offset(condition.argument, false));
    constexpr unsigned no = unresolved;
    switch (condition.compare) {
    case SeccompCompare::Equal:
        return {load_high, jump(BPF_JEQ, high, 0, no), load_low, jump(BPF_JEQ, low, 0, no)};
    case SeccompCompare::NotEqual:
        return {load_high, jump(BPF_JEQ, high, 0, 2), load_low, jump(BPF_JEQ, low, no, 0)};
    case SeccompCompare::Greater:
        return {load_high, jump(BPF_JGT, high, 3, 0), jump(BPF_JEQ, high, 0, no), load_low, jump(BPF_JGT, low, 0, no)};
    case SeccompCompare::GreaterOrEqual:
        return {load_high, jump(BPF_JGT, high, 3, 0), jump(BPF_JEQ, high, 0, no), load_low, jump(BPF_JGE, low, 0, no)};
    case SeccompCompare::LessOrEqual:
        return {load_high, jump(BPF_JGT, high, no, 0), jump(BPF_JEQ, high, 0, 2), load_low, jump(BPF_JGT, low, no, 0)};
    case SeccompCompare::Less:
        return {load_high, jump(BPF_JGT, high, no, 0), jump(BPF_JEQ, high, 0, 2), load_low, jump(BPF_JGE, low, no, 0)};
    case SeccompCompare::MaskedEqual: {
        Code code;
        if (high != 0) {
            code = {load_high, make(BPF_ALU | BPF_AND | BPF_K, high),
                    jump(BPF_JEQ, static_cast<std::uint32_t>(condition.value_two >> 32U), 0, no)};
        }
        if (low != 0) {
            code.push_back(load_low);
            if (low != 0xffffffff)
                code.push_back(make(BPF_ALU | BPF_AND | BPF_K, low));
            code.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(condition.value_two), 0, no));
        }
        return code;
    }
    }
    return {};
}

void append(Code& code, const Code& more) { code.insert(code.end(), more.begin(), more.end()); }

/// All conditions, then the answer; falls through when one does not hold.
Code make_check(const std::vector<SeccompCondition>& conditions, std::uint32_t answer)
{
    Code code;
    for (const SeccompCondition& condition : conditions)
        append(code, make_condition(condition));
    code.push_back(give(answer));
    for (std::size_t at = 0; at < code.size(); ++at) {
        const auto to_end =
            static_cast<std::uint8_t>(code.size() - at - 1); // six conditions are 30 instructions at most
        if (BPF_CLASS(code[at].code) != BPF_JMP)
            continue;
        if (code[at].jt == unresolved)
            code[at].jt = to_end;
        if (code[at].jf == unresolved)
            code[at].jf = to_end;
    }
    return code;
}

// From rules to answers

/// What is answered to one call: checks in order, and what remains.
struct Verdict
{
    std::vector<const SeccompRule*> conditional;
    std::optional<std::uint32_t> answer;
    bool allows = false;
};

bool is_denial(const SeccompRule& rule) { return rule.action.kind == SeccompAction::Kind::Errno; }

void add_rule(Verdict& verdict, const SeccompRule& rule)
{
    if (!rule.conditions.empty()) {
        // Denials of values first: "allowed, but not with these".
        const auto place = is_denial(rule)
                               ? std::find_if_not(verdict.conditional.begin(), verdict.conditional.end(),
                                                  [](const SeccompRule* known) { return is_denial(*known); })
                               : verdict.conditional.end();
        verdict.conditional.insert(place, &rule);
        return;
    }
    const bool allows = rule.action.kind == SeccompAction::Kind::Allow;
    if (!verdict.answer || (allows && !verdict.allows)) { // an Allow wins; else the first rule
        verdict.answer = answer_of(rule.action);
        verdict.allows = allows;
    }
}

Code make_verdict(const Verdict& verdict, std::uint32_t default_answer)
{
    Code code;
    for (const SeccompRule* rule : verdict.conditional) {
        std::map<unsigned, int> uses;
        for (const SeccompCondition& condition : rule->conditions)
            ++uses[condition.argument];
        const bool alternatives = std::any_of(uses.begin(), uses.end(), [](const auto& use) { return use.second > 1; });
        if (!alternatives) {
            append(code, make_check(rule->conditions, answer_of(rule->action)));
            continue;
        }
        for (const SeccompCondition& condition : rule->conditions)
            append(code, make_check({condition}, answer_of(rule->action)));
    }
    code.push_back(give(verdict.answer.value_or(default_answer)));
    return code;
}

/// From `first` on, up to the next range.
struct Range
{
    std::uint32_t first = 0;
    Code code;
};

bool same(const Code& a, const Code& b)
{
    return a.size() == 1 && b.size() == 1 && a[0].code == b[0].code &&
           a[0].k == b[0].k; // only constant answers are joined
}

void add_range(std::vector<Range>& ranges, std::uint32_t first, Code code)
{
    if (!ranges.empty() && ranges.back().first == first)
        ranges.pop_back();
    if (ranges.empty() || !same(ranges.back().code, code))
        ranges.push_back({first, std::move(code)});
}

std::vector<Range> make_ranges(const SeccompFilter& filter, const std::vector<std::uint32_t>& tokens)
{
    std::map<std::uint32_t, Verdict> verdicts;
    for (const SeccompRule& rule : filter.rules)
        for (const std::string& name : rule.names)
            for (const std::uint32_t token : tokens)
                if (const auto number = find_number(token, name))
                    add_rule(verdicts[*number], rule);
    const std::uint32_t otherwise = answer_of(filter.default_action);
    std::vector<Range> ranges;
    add_range(ranges, 0, {give(otherwise)});
    for (const auto& [number, verdict] : verdicts) {
        add_range(ranges, number, make_verdict(verdict, otherwise));
        add_range(ranges, number + 1, {give(otherwise)});
    }
    // x32 calls on a machine without x32 rules: another architecture in disguise.
    constexpr std::uint32_t x32_bit = 0x40000000;
    if (tokens.size() == 1 && tokens[0] == SCMP_ARCH_X86_64)
        add_range(ranges, x32_bit, {give(SECCOMP_RET_ERRNO | ENOSYS)});
    return ranges;
}

/// A binary search. The number is in the accumulator.
Code make_search(const std::vector<Range>& ranges, std::size_t from, std::size_t to)
{
    if (to - from == 1)
        return ranges[from].code;
    const std::size_t middle = from + (to - from) / 2;
    const Code below = make_search(ranges, from, middle);
    const Code above = make_search(ranges, middle, to);
    Code code;
    if (below.size() <= 255) {
        code.push_back(jump(BPF_JGE, ranges[middle].first, static_cast<unsigned>(below.size()), 0));
    } else { // too far for a conditional jump
        code.push_back(jump(BPF_JGE, ranges[middle].first, 0, 1));
        code.push_back(make(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(below.size())));
    }
    append(code, below);
    append(code, above);
    return code;
}

bool contains(const std::vector<std::string>& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
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
    Code program{load(offsetof(seccomp_data, arch))};
    const std::uint32_t own = ::seccomp_arch_native();
    const bool with_x32 = contains(filter.architectures, "SCMP_ARCH_X32");
    for (const Architecture& architecture : architectures) {
        if (architecture.token == SCMP_ARCH_X32 ||
            (architecture.token != own && !contains(filter.architectures, architecture.name)))
            continue;
        std::vector<std::uint32_t> tokens{architecture.token};
        if (architecture.token == SCMP_ARCH_X86_64 && with_x32)
            tokens.push_back(SCMP_ARCH_X32);
        const std::vector<Range> ranges = make_ranges(filter, tokens);
        Code section{load(offsetof(seccomp_data, nr))};
        append(section, make_search(ranges, 0, ranges.size()));
        program.push_back(jump(BPF_JEQ, architecture.token, 1, 0));
        program.push_back(make(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(section.size())));
        append(program, section);
    }
    program.push_back(give(SECCOMP_RET_ERRNO | ENOSYS));
    if (program.size() > BPF_MAXINSNS)
        throw Error{ErrorKind::Failure, "compiling the seccomp filter: it is too long"};
    return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

} // namespace skiff::kernel
