#pragma once

#include "archive/unpack.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

/// What unpacking gives a file besides its content: owner, mode, time, extended attributes.
namespace skiff::archive {

/// What a layer is told about once, however many entries it concerns.
enum class UnpackWarning { AufsEntry, Device, StrangeType, SquashedOwner, Attribute, LostOwner };

class UnpackWarnings
{
  public:
    void once(UnpackWarning kind, std::string text);
    std::vector<std::string> take() { return std::move(texts_); }

  private:
    std::array<bool, 6> told_{};
    std::vector<std::string> texts_;
};

class AttributeWriter
{
  public:
    /// Both are borrowed.
    AttributeWriter(const UnpackOptions& options, UnpackWarnings& warnings) : options_{options}, warnings_{warnings} {}

    [[nodiscard]] std::uint32_t mode_on_disk(const TarEntry& entry, mode_t type) const;
    /// `fd` of a file or directory that was made with `made_mode` by us (~0: unknown); `inherits_group`: in a directory
    /// whose set-group-id bit decided its group.
    void set(int fd, const TarEntry& entry, mode_t type, std::uint32_t made_mode, bool inherits_group);
    /// Of links and pipes, which have no descriptor of ours; their time, too.
    void set_by_name(int dir, const std::string& name, const TarEntry& entry, bool inherits_group);
    /// Of a directory that was there before, whoever owned it.
    void change_owner(int fd, const TarEntry& entry);
    /// The last thing that is done to a file.
    static void set_time(int fd, const TarEntry& entry);

  private:
    void set_owner(const std::function<int(uid_t, gid_t)>& change, const TarEntry& entry);
    void set_xattrs(int fd, const TarEntry& entry);

    const UnpackOptions& options_;
    UnpackWarnings& warnings_;
};

} // namespace skiff::archive
