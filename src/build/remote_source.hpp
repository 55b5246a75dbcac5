#pragma once

#include "build/copy_files.hpp"
#include "build/remote_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::build {

struct RemoteSourceRequest
{
    std::string source;   ///< an http(s) or git address
    std::string checksum; ///< of --checksum; empty: anything
    bool keep_git_dir = false;
    std::optional<bool> unpack; ///< of --unpack
    std::vector<std::string> excludes; ///< of --exclude: in a repository
    std::string scratch;        ///< an absolute path: an empty directory of the caller's, which outlives the source
    registry::TransportOptions transport;
};

/// A source of ADD that is not in the context: fetched first, so that its content can decide about the cache.
class RemoteSource
{
  public:
    /// Whether ADD fetches `source`.
    static bool is_remote(std::string_view source);
    /// Throws as fetch_remote_file and check_out do.
    static RemoteSource fetch(const RemoteSourceRequest& request);

    /// What a copy would bring: of a file its digest and name, of a repository its commit and directory.
    [[nodiscard]] const std::string& key() const { return key_; }
    /// A file has mode 0600 and its server's time, and is called as in its address where `target` is a directory; with --unpack an
    /// archive is unpacked. A repository's contents go into the destination.
    void copy(const CopyTarget& target, const std::optional<CopyOwner>& owner) const;

  private:
    std::string address_, key_;
    bool unpack_ = false;
    std::optional<RemoteFile> file_;
    UniqueFd tree_; ///< of a repository
    std::vector<std::string> excludes_;
};

} // namespace skiff::build
