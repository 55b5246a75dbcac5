#pragma once

#include "archive/entry_sink.hpp"
#include "archive/file_attributes.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::archive {

struct PackOptions
{
    /// The tree is a layer as it lies on disk: removals become `.wh.` entries, and device 0:0 is one of them.
    bool layer = false;
    bool xattrs = true;
    /// Owners and modes come from override_xattr where a file has it (layers of the one-id mode).
    bool overrides = true;
    /// Turns an owner on disk into the one to write; empty: as it is.
    std::function<Ownership(const Ownership&)> map_owner;
    /// Goes into what is mounted inside the tree, too: for a running container, whose volumes are such mounts.
    bool cross_mounts = false;
    /// Leaves out what may not be read, instead of failing.
    bool skip_unreadable = false;
    /// Called with each path as it will stand in the archive; false leaves it and everything below out.
    std::function<bool(std::string_view path)> wants;
};

/// Writes files of a tree into an archive or another tree: export, commit, cp. The tree may be hostile and may change meanwhile: it is
/// walked by descriptors, links are written and never followed, nothing crosses into another mount unless asked to,
/// names come in the order of their bytes. Sockets are left out.
class Packer
{
  public:
    Packer(EntrySink& sink, PackOptions options) : sink_{sink}, options_{std::move(options)} {}

    /// Everything below `dir`, named `prefix` and the path; `prefix` is "" or ends with "/". The directory itself is
    /// not written.
    void add_below(int dir, const std::string& prefix = "");
    /// `name` of `dir`, called `path` in the archive, with everything below it.
    void add(int dir, const std::string& name, const std::string& path);
    /// `name` of `dir`, called `path` in the archive, without what is below it. False when it was left out, or is gone.
    bool add_alone(int dir, const std::string& name, const std::string& path);
    /// What `fd` (O_PATH will do) has open, called `path` in the archive, with everything below it.
    void add_open(int fd, const std::string& path) { add(fd, "", path); }
    /// Files that could not be packed as they are, for a warning: sockets, and what may not be read.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  private:
    struct Level;
    struct Identity // of a file, across names
    {
        std::uint64_t device;
        std::uint64_t inode;
        auto operator<=>(const Identity&) const = default;
    };
    void walk(std::vector<Level>& levels);
    bool may_skip();
    bool add_one(int dir, const std::string& name, const std::string& path, std::vector<Level>* levels);
    void add_content(int fd, std::uint64_t size, const std::string& path);
    void read_xattrs(int fd, TarEntry& entry, Ownership& ownership) const;

    EntrySink& sink_;
    PackOptions options_;
    std::map<Identity, std::string> linked_; ///< files with several names: where they were written first
    std::uint64_t left_out_ = 0;
    std::string buffer_ = std::string(256U * 1024U, '\0');
};

} // namespace skiff::archive
