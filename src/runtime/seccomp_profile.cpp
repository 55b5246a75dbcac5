// The seccomp half of security_profile.hpp: profiles as JSON, as documents, and as compiled programs that are kept.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/capabilities.hpp"
#include "kernel/seccomp.hpp"
#include "runtime/default_seccomp.hpp"
#include "runtime/pretended_ids.hpp"
#include "runtime/seccomp_document.hpp"
#include "runtime/security_profile.hpp"
#include "text/json_fields.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace skiff::runtime {
namespace {

/// What Docker's profile denies and Podman's does not, because nested containers and browsers' sandboxes need it.
const std::set<std::string> nesting{
    "add_key",      "clone3", "fsconfig",      "fsmount",    "fsopen",    "fspick",         "keyctl",
    "memfd_secret", "mount",  "mount_setattr", "move_mount", "open_tree", "open_tree_attr", "pivot_root",
    "request_key",  "setns",  "umount",        "umount2",    "unshare",
};

struct ArchitectureName
{
    std::string_view go, seccomp;
};

/// Go's names, which "includes" and "excludes" use.
constexpr ArchitectureName go_names[] = {
    {"amd64", "SCMP_ARCH_X86_64"},    {"x86", "SCMP_ARCH_X86"},         {"arm64", "SCMP_ARCH_AARCH64"},
    {"arm", "SCMP_ARCH_ARM"},         {"s390x", "SCMP_ARCH_S390X"},     {"s390", "SCMP_ARCH_S390"},
    {"ppc64le", "SCMP_ARCH_PPC64LE"}, {"riscv64", "SCMP_ARCH_RISCV64"},
};

struct Facts
{
    kernel::CapabilitySet capabilities;
    std::vector<std::string> architectures; ///< the machine's own first
};

bool has_capability(const Facts& facts, const std::string& name)
{
    const auto number = kernel::find_capability(name);
    return number && (facts.capabilities >> *number & 1U) != 0;
}

bool has_architecture(const Facts& facts, const std::string& name)
{
    return std::any_of(std::begin(go_names), std::end(go_names), [&](const ArchitectureName& known) {
        return known.go == name && std::find(facts.architectures.begin(), facts.architectures.end(), known.seccomp) !=
                                       facts.architectures.end();
    });
}

/// "includes": all capabilities, and one of the architectures. "excludes": none of either.
bool applies(const text::JsonFields& rule, const Facts& facts)
{
    const auto capability = [&](const std::string& name) { return has_capability(facts, name); };
    const auto architecture = [&](const std::string& name) { return has_architecture(facts, name); };
    if (const auto includes = rule.find_object("includes")) {
        const auto capabilities = includes->texts("caps");
        const auto architectures = includes->texts("arches");
        if (!std::all_of(capabilities.begin(), capabilities.end(), capability) ||
            (!architectures.empty() && std::none_of(architectures.begin(), architectures.end(), architecture)))
            return false;
    }
    if (const auto excludes = rule.find_object("excludes")) {
        const auto capabilities = excludes->texts("caps");
        const auto architectures = excludes->texts("arches");
        return std::none_of(capabilities.begin(), capabilities.end(), capability) &&
               std::none_of(architectures.begin(), architectures.end(), architecture);
    }
    return true;
}

oci::SeccompRule parse_rule(const text::JsonFields& fields)
{
    oci::SeccompRule rule;
    rule.names = fields.texts("names");
    if (const auto name = fields.find_text("name"); name && !name->empty())
        rule.names.push_back(*name);
    rule.action = fields.text("action");
    if (const auto number = fields.find_unsigned("errnoRet"))
        rule.errno_ret = static_cast<std::uint32_t>(*number);
    for (const text::JsonFields& argument : fields.objects("args"))
        rule.args.push_back({static_cast<std::uint32_t>(argument.unsigned_integer("index")),
                             argument.unsigned_or("value", 0), argument.unsigned_or("valueTwo", 0),
                             argument.text("op")});
    return rule;
}

oci::SpecSeccomp parse_profile(std::string_view content, kernel::CapabilitySet capabilities)
{
    const nlohmann::json json = text::parse_strict_json(content);
    const text::JsonFields fields{json};
    Facts facts{capabilities, {kernel::native_seccomp_architecture()}};
    for (const text::JsonFields& entry : fields.objects("archMap"))
        if (entry.text("architecture") == facts.architectures[0])
            for (const std::string& below : entry.texts("subArchitectures"))
                facts.architectures.push_back(below);
    for (const std::string& name : fields.texts("architectures"))
        if (name != facts.architectures[0])
            facts.architectures.push_back(name);

    oci::SpecSeccomp profile;
    profile.default_action = fields.text("defaultAction");
    if (const auto number = fields.find_unsigned("defaultErrnoRet"))
        profile.default_errno_ret = static_cast<std::uint32_t>(*number);
    profile.architectures = facts.architectures;
    for (const text::JsonFields& rule : fields.objects("syscalls"))
        if (applies(rule, facts))
            profile.syscalls.push_back(parse_rule(rule));
    return profile;
}

/// Docker's flavour of the default: nesting only for who has CAP_SYS_ADMIN.
void forbid_nesting(oci::SpecSeccomp& profile)
{
    for (oci::SeccompRule& rule : profile.syscalls)
        if (rule.action == "SCMP_ACT_ALLOW" && rule.args.empty())
            std::erase_if(rule.names,
                          [](const std::string& name) { return nesting.contains(name) || name == "clone"; });
    constexpr std::uint64_t namespace_flags = 0x7e020000; // CLONE_NEWNS, UTS, IPC, USER, PID, NET and CGROUP
    const std::uint32_t flags_argument = kernel::native_seccomp_architecture().starts_with("SCMP_ARCH_S390") ? 1 : 0;
    profile.syscalls.push_back(
        {{"clone"}, "SCMP_ACT_ALLOW", std::nullopt, {{flags_argument, namespace_flags, 0, "SCMP_CMP_MASKED_EQ"}}});
    for (std::uint64_t flag = 1; flag != 0 && flag <= namespace_flags;
         flag <<= 1U) // "any of them" takes a rule for each
        if ((namespace_flags & flag) != 0)
            profile.syscalls.push_back(
                {{"clone"}, "SCMP_ACT_ERRNO", EPERM, {{flags_argument, flag, flag, "SCMP_CMP_MASKED_EQ"}}});
    std::vector<std::string> denied{nesting.begin(), nesting.end()};
    std::erase(denied, "clone3"); // its flags are in memory: ENOSYS makes the C library fall back to clone
    profile.syscalls.push_back({denied, "SCMP_ACT_ERRNO", EPERM, {}});
    profile.syscalls.push_back({{"clone3"}, "SCMP_ACT_ERRNO", ENOSYS, {}});
}

bool is_builtin(const std::string& profile) { return profile.empty() || profile == "default" || profile == "docker"; }

std::string load_profile_text(const std::string& profile)
{
    if (is_builtin(profile))
        return std::string{default_seccomp_profile()};
    return while_doing(cat("opening seccomp profile failed"), [&] { return read_file(AT_FDCWD, profile, 1U << 20U); });
}

oci::SpecSeccomp parse_named(const std::string& profile, const std::string& content, kernel::CapabilitySet capabilities)
{
    return while_doing(cat("seccomp profile ", skiff::quoted(profile)), [&] {
        oci::SpecSeccomp parsed = parse_profile(content, capabilities);
        const auto admin = kernel::find_capability("CAP_SYS_ADMIN");
        if (profile == "docker" && (capabilities >> *admin & 1U) == 0)
            forbid_nesting(parsed);
        return parsed;
    });
}

/// Permits everything, on the architectures of the default.
oci::SpecSeccomp unconfined_profile()
{
    oci::SpecSeccomp profile = parse_profile(default_seccomp_profile(), 0);
    profile.default_action = "SCMP_ACT_ALLOW";
    profile.default_errno_ret.reset();
    profile.syscalls.clear();
    return profile;
}

kernel::SeccompAction action_of(const std::string& word, std::optional<std::uint32_t> number)
{
    using Kind = kernel::SeccompAction::Kind;
    const auto data = static_cast<std::uint16_t>(number.value_or(EPERM));
    if (word == "SCMP_ACT_ALLOW")
        return {Kind::Allow, 0};
    if (word == "SCMP_ACT_ERRNO")
        return {Kind::Errno, data};
    if (word == "SCMP_ACT_LOG")
        return {Kind::Log, 0};
    if (word == "SCMP_ACT_TRAP")
        return {Kind::Trap, 0};
    if (word == "SCMP_ACT_TRACE")
        return {Kind::Trace, data};
    if (word == "SCMP_ACT_KILL" || word == "SCMP_ACT_KILL_THREAD")
        return {Kind::KillThread, 0};
    if (word == "SCMP_ACT_KILL_PROCESS")
        return {Kind::KillProcess, 0};
    throw Error{ErrorKind::Failure, cat("the seccomp action ", skiff::quoted(word), " is not supported")};
}

kernel::SeccompCompare comparison_of(const std::string& word)
{
    using Compare = kernel::SeccompCompare;
    constexpr std::array<std::pair<std::string_view, Compare>, 7> words{{
        {"SCMP_CMP_NE", Compare::NotEqual},
        {"SCMP_CMP_LT", Compare::Less},
        {"SCMP_CMP_LE", Compare::LessOrEqual},
        {"SCMP_CMP_EQ", Compare::Equal},
        {"SCMP_CMP_GE", Compare::GreaterOrEqual},
        {"SCMP_CMP_GT", Compare::Greater},
        {"SCMP_CMP_MASKED_EQ", Compare::MaskedEqual},
    }};
    for (const auto& [known, compare] : words)
        if (known == word)
            return compare;
    throw Error{ErrorKind::Failure, cat("the seccomp comparison ", skiff::quoted(word), " is not known")};
}

// Compiled programs

/// FNV-1a: names files only; what is in them is compared with the whole key.
std::uint64_t hash_of(std::string_view text)
{
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return hash;
}

std::string hex(std::uint64_t value)
{
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
        text += "0123456789abcdef"[value >> static_cast<unsigned>(shift) & 15U];
    return text;
}

constexpr std::string_view cache_version = "skiff seccomp 3\n"; // to be raised when the compiler's output changes

/// Everything that decides what the program is. The built-in profile, which is long and never changes, by its hash.
std::string make_key(const std::string& profile, const std::string& content, kernel::CapabilitySet capabilities,
                     IdChanges id_changes)
{
    static const std::string builtin = hex(hash_of(default_seccomp_profile()));
    return cat(cache_version, kernel::native_seccomp_architecture(), "\n", hex(capabilities), "\n",
               id_changes == IdChanges::Real ? "" : id_changes == IdChanges::Pretended ? "pretended ids\n" : "recorded ids\n",
               is_builtin(profile) ? cat(profile, " ", builtin) : content, "\n");
}

std::optional<std::string> find_cached(int cache_dir, const std::string& name, const std::string& key)
{
    try {
        auto content = find_file(cache_dir, name, 2U << 20U);
        constexpr std::size_t instruction = 8;
        if (content && content->starts_with(key) && content->size() > key.size() &&
            (content->size() - key.size()) % instruction == 0)
            return content->substr(key.size());
    } catch (const Error& error) {
        log::debug(cat("reading a kept seccomp program: ", error.message()));
    }
    return std::nullopt;
}

void try_save(int cache_dir, const std::string& name, const std::string& content)
{
    try {
        save_atomically(cache_dir, name, content, Durability::None);
    } catch (const Error& error) { // a full disk costs time, not the container
        log::debug(cat("keeping a seccomp program: ", error.message()));
    }
}

kernel::SeccompFilter make_filter(const oci::SpecSeccomp& document)
{
    kernel::SeccompFilter filter;
    filter.default_action = action_of(document.default_action, document.default_errno_ret);
    filter.architectures = document.architectures;
    for (const oci::SeccompRule& rule : document.syscalls) {
        kernel::SeccompRule compiled{rule.names, action_of(rule.action, rule.errno_ret), {}};
        for (const oci::SeccompArg& arg : rule.args)
            compiled.conditions.push_back({arg.index, comparison_of(arg.op), arg.value, arg.value_two});
        filter.rules.push_back(std::move(compiled));
    }
    return filter;
}

} // namespace

std::string compile_document(const oci::SpecSeccomp& document) { return kernel::compile_seccomp(make_filter(document)); }

std::optional<oci::SpecSeccomp> load_seccomp(const std::string& profile, const std::vector<std::string>& capabilities)
{
    if (profile == "unconfined")
        return std::nullopt;
    return parse_named(profile, load_profile_text(profile), kernel::make_capability_set(capabilities));
}

std::string load_seccomp_program(const std::string& profile, const std::vector<std::string>& capabilities,
                                 int cache_dir, IdChanges id_changes)
{
    const bool unconfined = profile == "unconfined";
    if (unconfined && id_changes == IdChanges::Real)
        return {};
    const kernel::CapabilitySet set = kernel::make_capability_set(capabilities);
    const std::string content = unconfined            ? profile
                                : is_builtin(profile) ? std::string{}
                                                      : load_profile_text(profile);
    const std::string key = make_key(profile, content, set, id_changes);
    const std::string name = cat("seccomp-", hex(hash_of(key)), ".bpf");
    if (cache_dir >= 0)
        if (auto cached = find_cached(cache_dir, name, key))
            return std::move(*cached);
    oci::SpecSeccomp document =
        unconfined ? unconfined_profile()
                   : parse_named(profile, is_builtin(profile) ? load_profile_text(profile) : content, set);
    if (id_changes != IdChanges::Real)
        pretend_id_changes(document);
    kernel::SeccompFilter filter = make_filter(document);
    if (id_changes == IdChanges::Recorded)
        for (kernel::SeccompRule& rule : filter.rules)
            if (!rule.names.empty() && is_owner_change(rule.names.front()))
                rule.action = {kernel::SeccompAction::Kind::Notify, 0};
    std::string program = kernel::compile_seccomp(filter);
    if (cache_dir >= 0)
        try_save(cache_dir, name, cat(key, program));
    return program;
}

} // namespace skiff::runtime
