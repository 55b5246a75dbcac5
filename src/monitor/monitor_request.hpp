#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::monitor {

/// What the monitor's role is started with. Descriptors: first_role_fd is the first conversation (a run: it carries the
/// streams and sees Started or Failed); then, in this order, the container's stdio for the passthrough log driver (3
/// descriptors) and those of --preserve-fds.
struct MonitorRequest
{
    std::string data_dir, run_dir;
    std::vector<std::string> image_stores; ///< additional ones
    std::string container_id;
    bool single_id = false;     ///< the user namespace has one id only
    std::string id_map;         ///< of the user namespace, for NamespaceHolder
    bool attach_in = false, attach_out = false, attach_err = false; ///< what the first conversation wants
    bool wait_for_start = false; ///< `init`: stop before the command and wait for StartRequest
    bool passthrough = false;   ///< the container's stdio comes along
    std::uint32_t preserve_fds = 0;
    std::uint16_t rows = 0, columns = 0; ///< the first size of the terminal; 0: unknown
    std::string log_level = "warn";
    std::string notify_socket;  ///< sd_notify of the caller's unit; empty: none
};
std::string encode(const MonitorRequest& request);
MonitorRequest decode_monitor_request(std::string_view text);

/// Entry of the role "monitor"; returns its exit code.
int monitor_main(const std::string& request);

} // namespace skiff::monitor
