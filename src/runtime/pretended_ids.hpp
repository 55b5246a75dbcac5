#pragma once

#include "oci/runtime_spec.hpp"

#include <string>
#include <string_view>

/// Where only one user id exists, package managers and user tools still change owners and identities, and stop when they
/// cannot. A filter answers "done" to them, and nothing happens: everything belongs to the one id that there is.
namespace skiff::runtime {

/// Makes `profile` answer success, without doing it, to: the chown family, set*id and setgroups, and mknod of devices
/// other than the character device 0:0 (a whiteout). capset works as ever: who gives capabilities up has given them up, and
/// since no identity changes, nobody has lost any that it would want back. Such a profile may only be loaded after the last change of identity
/// and capabilities that is meant, so just before exec, with no_new_privs. Source: hpc.md §2.
void pretend_id_changes(oci::SpecSeccomp& profile);

/// Whether `call` is one of the chown family.
bool is_owner_change(const std::string& call);

/// Where containers find what $APT_CONFIG names.
constexpr const char* apt_config_target = "/run/.apt.conf";

/// The contents of that file. apt gives its rights up and then looks whether they are gone: it has to be told
/// not to try.
std::string_view pretended_ids_apt_config();

} // namespace skiff::runtime
