#pragma once

#include "oci/runtime_spec.hpp"

#include <optional>
#include <string>
#include <vector>

/// Capabilities, seccomp and hidden paths: what a container may do unless told otherwise.
namespace skiff::runtime {

/// The bounding set that --cap-add, --cap-drop and --privileged give, sorted by number, as "CAP_CHOWN" ...
/// Words may be "all", "chown", "CAP_CHOWN". Throws `"CAP_X": unknown capability` (invalid argument), or when one is
/// both added and dropped.
std::vector<std::string> make_capabilities(const std::vector<std::string>& add, const std::vector<std::string>& drop,
                                           bool privileged);
/// "chown", "CAP_CHOWN", "all" -> "CAP_CHOWN", "ALL"; throws as above.
std::string normalise_capability(const std::string& word);

/// The five sets of a first process: `bounding` for root; for others effective and permitted hold only what was asked
/// for by
/// --cap-add, which is then ambient (security.md R20).
oci::SpecCapabilities make_capability_sets(const std::vector<std::string>& bounding,
                                           const std::vector<std::string>& asked, bool is_root);

/// What changing owners and identities does (pretended_ids.hpp).
enum class IdChanges
{
    Real,
    Pretended,
    Recorded ///< the same, but changes of owners are held for a listener
};

/// The BPF program of a profile: "default", "docker" (no mounts, namespaces or keyrings), "unconfined" (empty), or the
/// path of a JSON profile in the format of containers/common and Docker. Compiled programs are kept in `cache_dir` (-1:
/// nowhere). Throws Error when the profile cannot be read, parsed or compiled.
std::string load_seccomp_program(const std::string& profile, const std::vector<std::string>& capabilities,
                                 int cache_dir, IdChanges id_changes = IdChanges::Real);

/// The same as a document, for inspect and generated bundles; nothing for "unconfined".
std::optional<oci::SpecSeccomp> load_seccomp(const std::string& profile, const std::vector<std::string>& capabilities);

/// Paths that no container sees or changes, after --security-opt mask= and unmask= (security.md R12).
std::vector<std::string> make_masked_paths(const std::vector<std::string>& mask,
                                           const std::vector<std::string>& unmask);
std::vector<std::string> make_readonly_paths(const std::vector<std::string>& unmask);

} // namespace skiff::runtime
