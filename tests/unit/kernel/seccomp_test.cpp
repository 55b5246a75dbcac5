#include "kernel/seccomp.hpp"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

namespace skiff::kernel {
namespace {

/// What the kernel would do with the call: a small interpreter of the instructions that filters consist of.
std::uint32_t run(const std::string& program, const seccomp_data& data)
{
    std::vector<sock_filter> code(program.size() / sizeof(sock_filter));
    std::memcpy(code.data(), program.data(), code.size() * sizeof(sock_filter));
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        const sock_filter& step = code[at];
        switch (step.code) {
        case BPF_LD | BPF_W | BPF_ABS:
            std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, sizeof accumulator);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= step.k;
            break;
        case BPF_JMP | BPF_JA:
            at += step.k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += accumulator == step.k ? step.jt : step.jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            at += accumulator > step.k ? step.jt : step.jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += accumulator >= step.k ? step.jt : step.jf;
            break;
        case BPF_RET | BPF_K:
            return step.k;
        default:
            ADD_FAILURE() << "instruction " << step.code;
            return 0;
        }
    }
    ADD_FAILURE() << "the program runs out";
    return 0;
}

seccomp_data call(const char* name, std::vector<std::uint64_t> args = {}, std::uint32_t token = ::seccomp_arch_native())
{
    seccomp_data data{};
    data.nr = ::seccomp_syscall_resolve_name_arch(token, name);
    data.arch = token;
    std::copy(args.begin(), args.end(), data.args);
    return data;
}

constexpr std::uint32_t allowed = SECCOMP_RET_ALLOW;
std::uint32_t denied(std::uint32_t error) { return SECCOMP_RET_ERRNO | error; }

SeccompRule allow(std::vector<std::string> names) { return {std::move(names), {SeccompAction::Kind::Allow, 0}, {}}; }
SeccompRule deny_value(const char* name, unsigned argument, std::uint64_t value)
{
    return {{name}, {SeccompAction::Kind::Errno, EPERM}, {{argument, SeccompCompare::MaskedEqual, 0xffffffff, value}}};
}

TEST(SeccompCompiler, AllowsWhatIsListedOnly)
{
    SeccompFilter filter{{SeccompAction::Kind::Errno, ENOSYS}, {}, {allow({"read", "write", "no_such_call"})}};
    filter.rules.push_back({{"reboot"}, {SeccompAction::Kind::Errno, EPERM}, {}});

    const std::string program = compile_seccomp(filter);

    EXPECT_EQ(run(program, call("read")), allowed);
    EXPECT_EQ(run(program, call("write")), allowed);
    EXPECT_EQ(run(program, call("reboot")), denied(EPERM));
    EXPECT_EQ(run(program, call("openat")), denied(ENOSYS));
}

TEST(SeccompCompiler, DeniesValuesByTheirLowHalf)
{
    constexpr std::uint64_t tiocsti = 0x5412;
    const SeccompFilter filter{
        {SeccompAction::Kind::Errno, ENOSYS}, {}, {allow({"ioctl"}), deny_value("ioctl", 1, tiocsti)}};

    const std::string program = compile_seccomp(filter);

    EXPECT_EQ(run(program, call("ioctl", {0, tiocsti})), denied(EPERM));
    EXPECT_EQ(run(program, call("ioctl", {0, tiocsti | 0xdead00000000})), denied(EPERM));
    EXPECT_EQ(run(program, call("ioctl", {0, tiocsti + 1})), allowed);
    EXPECT_EQ(run(program, call("ioctl", {tiocsti, 0})), allowed);
}

TEST(SeccompCompiler, NeedsAllConditionsOfADenial)
{
    SeccompRule audit = deny_value("socket", 0, 16);
    audit.conditions.push_back({2, SeccompCompare::MaskedEqual, 0xffffffff, 9});
    const SeccompFilter filter{
        {SeccompAction::Kind::Errno, ENOSYS}, {}, {allow({"socket"}), audit, deny_value("socket", 0, 40)}};

    const std::string program = compile_seccomp(filter);

    EXPECT_EQ(run(program, call("socket", {16, 3, 9})), denied(EPERM));
    EXPECT_EQ(run(program, call("socket", {16, 3, 0})), allowed);
    EXPECT_EQ(run(program, call("socket", {40, 1, 0})), denied(EPERM));
    EXPECT_EQ(run(program, call("socket", {2, 1, 9})), allowed);
}

TEST(SeccompCompiler, LetsConditionsOfDifferentArgumentsBeAllAndOfOneArgumentAny)
{
    SeccompRule one{{"personality"}, {SeccompAction::Kind::Allow, 0}, {}};
    one.conditions = {{0, SeccompCompare::Equal, 0, 0}, {0, SeccompCompare::Equal, 8, 0}};
    SeccompRule both{{"fcntl"}, {SeccompAction::Kind::Allow, 0}, {}};
    both.conditions = {{0, SeccompCompare::Equal, 3, 0}, {1, SeccompCompare::GreaterOrEqual, 5, 0}};
    const SeccompFilter filter{{SeccompAction::Kind::Errno, EPERM}, {}, {one, both}};

    const std::string program = compile_seccomp(filter);

    EXPECT_EQ(run(program, call("personality", {0})), allowed);
    EXPECT_EQ(run(program, call("personality", {8})), allowed);
    EXPECT_EQ(run(program, call("personality", {9})), denied(EPERM));
    EXPECT_EQ(run(program, call("fcntl", {3, 6})), allowed);
    EXPECT_EQ(run(program, call("fcntl", {3, 4})), denied(EPERM));
    EXPECT_EQ(run(program, call("fcntl", {2, 6})), denied(EPERM));
}

TEST(SeccompCompiler, AnswersOtherArchitecturesWithENOSYS)
{
    const SeccompFilter filter{{SeccompAction::Kind::Errno, EPERM}, {}, {allow({"read"})}};
    const std::string program = compile_seccomp(filter);

    const std::uint32_t other = ::seccomp_arch_native() == SCMP_ARCH_AARCH64 ? SCMP_ARCH_X86_64 : SCMP_ARCH_AARCH64;

    EXPECT_EQ(run(program, call("read", {}, other)), denied(ENOSYS));
}

TEST(SeccompCompiler, CoversTheSecondArchitecture)
{
    if (native_seccomp_architecture() != "SCMP_ARCH_X86_64")
        GTEST_SKIP() << "written for x86-64";
    const SeccompFilter filter{{SeccompAction::Kind::Errno, EPERM},
                               {"SCMP_ARCH_X86"},
                               {allow({"read", "ioctl"}), deny_value("ioctl", 1, 0x5412)}};

    const std::string program = compile_seccomp(filter);

    EXPECT_EQ(run(program, call("read", {}, SCMP_ARCH_X86)), allowed);
    EXPECT_EQ(run(program, call("ioctl", {0, 0x5412}, SCMP_ARCH_X86)), denied(EPERM));
    EXPECT_EQ(run(program, call("ioctl", {0, 0x5413}, SCMP_ARCH_X86)), allowed);
    EXPECT_EQ(run(program, call("write", {}, SCMP_ARCH_X86)), denied(EPERM));
    seccomp_data x32 = call("read");
    x32.nr |= 0x40000000;
    EXPECT_EQ(run(program, x32), denied(ENOSYS));
}

} // namespace
} // namespace skiff::kernel
