#pragma once

#include "archive/directory_chain.hpp"
#include "archive/entry_sink.hpp"
#include "archive/file_attributes.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace skiff::archive {

struct TreeWriterOptions
{
    /// Links that are directories on the way: followed inside the root (a container's tree), or refused (the host's,
    /// R47).
    DirectoryChain::Links links = DirectoryChain::Links::Refuse;
    /// A directory may replace something else, and the other way round. Else both are errors.
    bool replace_kinds = false;
    std::string kinds_hint = "--overwrite replaces it"; ///< what a user can do about that error
    bool set_owners = true; ///< no where only one id is mapped: then everything belongs to it anyway
    /// Without set_owners, owners and modes go to override_xattr, as unpack() keeps them: the tree is going to be a layer.
    bool note_owners = false;
    /// Set-uid and set-gid bits of files, and file capabilities. No where the files change hands.
    bool keep_privileges = true;
    /// Turns an entry's owner into the one on disk; empty: as it is.
    std::function<Ownership(const Ownership&)> map_owner;
};

/// Puts entries into a tree that is in use, below one of its directories: cp, ADD. Other than unpack(), which fills a
/// directory of its own, it never removes a directory unless asked to, replaces files by new ones instead of writing
/// into them (what runs goes on with the old one), and touches only what it has made itself, by descriptor: the tree's
/// inhabitants may swap names while this runs. Links are made and never followed, the last component of a name least of
/// all. Devices are left out: users cannot make them.
class TreeWriter : public EntrySink
{
  public:
    /// `root` is borrowed. `directory` is below it, without links, and exists.
    TreeWriter(int root, const std::string& directory, TreeWriterOptions options);

    void add(const TarEntry& entry) override;
    void content(std::string_view bytes) override;
    /// Completes the last file, and modes and times of directories.
    void finish();
    [[nodiscard]] std::uint64_t left_out() const { return skipped_.size(); }

  private:
    struct OpenDirectory
    {
        UniqueFd fd;
        std::string path;
        TarEntry entry;
    };
    struct OpenFile
    {
        UniqueFd fd;
        TarEntry entry;
        std::uint64_t missing = 0;
        bool ends_with_hole = false;
    };
    void make(const TarEntry& entry, std::vector<std::string_view> components);
    void make_file(const TarEntry& entry, const std::string& name);
    void make_directory(const TarEntry& entry, const std::string& name);
    void make_symlink(const TarEntry& entry, const std::string& name);
    void make_fifo(const TarEntry& entry, const std::string& name);
    void make_hard_link(const TarEntry& entry, const std::string& name);
    template <typename Create>
    void create_in_place(const std::string& name, bool directory, Create create);
    void finish_file();
    void leave_directories(const std::string& next_path);
    void set_owner(int fd, const TarEntry& entry) const;
    void note_owner(int fd, const TarEntry& entry) const;
    void set_xattrs(int fd, const TarEntry& entry) const;
    [[nodiscard]] std::vector<std::string_view> below_directory(std::vector<std::string_view> components) const;
    [[nodiscard]] mode_t mode_of(const TarEntry& entry) const;

    TreeWriterOptions options_;
    std::string directory_;
    std::vector<std::string_view> directory_components_;
    DirectoryChain here_;
    DirectoryChain targets_; ///< of hard links
    OpenFile file_;
    std::vector<OpenDirectory> directories_; ///< those that may still get entries, the deepest last
    std::set<std::string> skipped_;          ///< entries that were left out
};

} // namespace skiff::archive
