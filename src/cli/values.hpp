#pragma once

#include "base/error.hpp"
#include "model/container_config.hpp"
#include "model/create_request.hpp"
#include "model/filter.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Values of options as types: what several commands need. Errors are whole sentences, in Podman's words where scripts
/// know them (reference/cli-conventions.md §3). The parsers of one subject are in values_<subject>.hpp.
namespace skiff::cli {

inline Error usage_error(std::string message) { return Error{ErrorKind::Usage, std::move(message)}; }

/// "512m" and the like in bytes. Errors: `invalid value for memory: invalid size: 'X'`.
std::int64_t read_memory(std::string_view text);
/// As read_memory; "-1" is unlimited.
std::int64_t read_memory_swap(std::string_view text);
/// Errors: `unable to translate --shm-size: invalid size: 'X'`.
/// Empty values, as a script has them that sets nothing, ask for nothing.
std::optional<std::uint64_t> read_shm_size(std::string_view text);

/// A signal's number by name ("KILL", "SIGKILL", "kill", "RTMIN+3") or number, a leading dash ignored.
/// Errors: `invalid signal: FOO`; `valid signals are 1 through 64`.
int read_signal(std::string_view text);
std::optional<int> read_stop_signal(std::string_view text); ///< empty: nothing was asked

/// no, never, on-failure, always, unless-stopped, and behind all but the first two :N, how often at most.
RestartPolicy read_restart_policy(std::string_view text);
/// always, missing (ifmissing, ifnotpresent, empty; true), never (false), newer (ifnewer), in any case.
PullPolicy read_pull_policy(std::string_view text);

/// Seconds to wait: a negative number means for ever.
std::uint32_t read_wait_seconds(std::string_view text);

/// "KEY=VALUE"; a key alone has an empty value. For labels. Errors: `invalid label format: "=x"`.
void add_label(std::map<std::string, std::string>& labels, std::string_view text);
/// "KEY=VALUE" required. Errors: `annotations must be formatted KEY=VALUE`.
void add_annotation(std::map<std::string, std::string>& annotations, std::string_view text);
/// Errors: `invalid sysctl value "x"`; `'x' is not allowed ...` for those that belong to no namespace.
void add_sysctl(std::map<std::string, std::string>& sysctls, std::string_view text);
void add_cgroup_value(std::map<std::string, std::string>& values, std::string_view text);

/// OS[/ARCH[/VARIANT]] into the three.
void set_platform(PullOptions& options, std::string_view text);

/// A command line word or a JSON array of words; empty text is an empty list.
std::vector<std::string> read_entrypoint(std::string_view text);
/// Octal, as umask(1).
std::optional<std::uint32_t> read_umask(std::string_view text);

/// Errors: `invalid filter "x"`.
Filter read_filter(std::string_view text);

/// The id in a file that --cidfile wrote: its first line. Errors: `reading CIDFile: open X: no such file or directory`.
std::string read_id_file(const std::string& path);

/// `path` made absolute against the working directory, "." and ".." resolved by text only.
std::string absolute_path(std::string_view path);
/// As Go's path.Clean.
std::string clean_path(std::string_view path);

} // namespace skiff::cli
