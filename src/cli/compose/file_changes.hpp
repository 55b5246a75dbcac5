#pragma once

#include "base/unique_fd.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace skiff::cli {

/// Follows a file or a directory with all that is in it (inotify).
class FileChanges
{
  public:
    /// `is_hidden` says which paths below (relative, "a/b") are of no interest.
    FileChanges(std::string root, std::function<bool(const std::string& relative)> is_hidden);

    [[nodiscard]] int fd() const { return inotify_.get(); }
    [[nodiscard]] const std::string& root() const { return root_; }
    /// What changed since the last call: relative paths; "" is a root that is a file.
    std::set<std::string> take();
    /// All files that are there and not hidden.
    [[nodiscard]] std::set<std::string> list() const;

  private:
    void add_directory(const std::string& relative, std::set<std::string>* found);

    std::string root_;
    std::function<bool(const std::string&)> is_hidden_;
    bool is_file_ = false;
    UniqueFd inotify_;
    std::map<int, std::string> directories_; ///< by watch: relative, "" the root
};

} // namespace skiff::cli
