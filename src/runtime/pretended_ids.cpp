#include "runtime/pretended_ids.hpp"

#include <algorithm>
#include <iterator>
#include <sys/stat.h>

namespace skiff::runtime {
namespace {

/// With the names that 32-bit architectures have for calls with ids of more than 16 bits.
constexpr const char* owner_changes[] = {
    "chown", "chown32", "fchown", "fchown32", "fchownat", "lchown", "lchown32",
};
constexpr const char* identity_changes[] = {
    "setuid",     "setuid32",   "setgid",    "setgid32",    "setreuid",  "setreuid32",  "setregid",
    "setregid32", "setresuid",  "setresuid32", "setresgid", "setresgid32", "setfsuid",  "setfsuid32",
    "setfsgid",   "setfsgid32", "setgroups", "setgroups32",
};

/// "Done": errno 0.
oci::SeccompRule done(std::vector<std::string> names, std::vector<oci::SeccompArg> conditions = {})
{
    return {std::move(names), "SCMP_ACT_ERRNO", 0, std::move(conditions)};
}

oci::SeccompArg is_type(std::uint32_t argument, std::uint64_t type)
{
    return {argument, S_IFMT, type, "SCMP_CMP_MASKED_EQ"};
}

oci::SeccompArg is_not_zero(std::uint32_t argument) { return {argument, 0, 0, "SCMP_CMP_NE"}; }

} // namespace

bool is_owner_change(const std::string& call)
{
    return std::find(std::begin(owner_changes), std::end(owner_changes), call) != std::end(owner_changes);
}

void pretend_id_changes(oci::SpecSeccomp& profile)
{
    const std::vector<std::string> owners{std::begin(owner_changes), std::end(owner_changes)};
    std::vector<std::string> names{std::begin(identity_changes), std::end(identity_changes)};
    names.insert(names.end(), owners.begin(), owners.end());
    // An unconditional permission of the profile's would win.
    for (oci::SeccompRule& rule : profile.syscalls)
        std::erase_if(rule.names, [&](const std::string& name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        });
    std::erase_if(profile.syscalls, [](const oci::SeccompRule& rule) { return rule.names.empty(); });
    std::erase_if(names, is_owner_change);
    profile.syscalls.push_back(done(owners));
    profile.syscalls.push_back(done(std::move(names)));
    profile.syscalls.push_back(done({"mknod"}, {is_type(1, S_IFCHR), is_not_zero(2)}));
    profile.syscalls.push_back(done({"mknod"}, {is_type(1, S_IFBLK)}));
    profile.syscalls.push_back(done({"mknodat"}, {is_type(2, S_IFCHR), is_not_zero(3)}));
    profile.syscalls.push_back(done({"mknodat"}, {is_type(2, S_IFBLK)}));
}

std::string_view pretended_ids_apt_config()
{
    return "// There is one user id here: apt cannot become another user.\nAPT::Sandbox::User \"root\";\n";
}

} // namespace skiff::runtime
