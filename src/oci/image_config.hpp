#pragma once

#include "oci/digest.hpp"
#include "oci/platform.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci {

constexpr std::size_t max_config_bytes = 8U << 20U; ///< R33

/// HEALTHCHECK as Docker keeps it. Unset times mean the default (or the parent image's).
struct ImageHealthCheck
{
    std::vector<std::string> test; ///< {"NONE"}, {"CMD", ...}, {"CMD-SHELL", line}
    std::chrono::nanoseconds interval{0};
    std::chrono::nanoseconds timeout{0};
    std::chrono::nanoseconds start_period{0};
    std::chrono::nanoseconds start_interval{0};
    int retries = 0;

    bool operator==(const ImageHealthCheck&) const = default;
};

struct HistoryEntry
{
    std::string created; ///< RFC 3339, as written
    std::string created_by;
    std::string author;
    std::string comment;
    bool empty_layer = false;

    bool operator==(const HistoryEntry&) const = default;
};

/// What a container made from the image runs by default.
struct ExecutionConfig
{
    std::string user;
    std::vector<std::string> env; ///< "NAME=value"; entries of another form were dropped (R49)
    std::vector<std::string> entrypoint;
    std::vector<std::string> cmd;
    std::string working_dir;                ///< absolute, or empty
    std::vector<std::string> exposed_ports; ///< "80/tcp"; sorted
    std::vector<std::string> volumes;       ///< absolute paths without ".."; sorted
    std::map<std::string, std::string> labels;
    std::string stop_signal; ///< a signal's name or number; empty: the default
    std::optional<int> stop_timeout_s;
    std::optional<ImageHealthCheck> healthcheck;
    std::vector<std::string> shell;
    std::vector<std::string> on_build;
    bool args_escaped = false;
};

/// The configuration blob of an image: Docker's schema 2 image and OCI's are one shape. Its digest is the image's id.
struct ImageConfig
{
    std::string created; ///< RFC 3339, as written; may be empty
    std::string author;
    Platform platform;
    ExecutionConfig config;
    std::vector<Digest> diff_ids; ///< of the uncompressed layers, lowest first
    std::vector<HistoryEntry> history;
    std::string docker_version;
    std::string comment;
    std::string parent; ///< of docker build without BuildKit

    /// Strict (R37, M-103); what a container cannot have (a volume "..", a port 99999999) is refused here.
    static ImageConfig parse(std::string_view text);
    [[nodiscard]] std::string serialize() const;
};

} // namespace skiff::oci
