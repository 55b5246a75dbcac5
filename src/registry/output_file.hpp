#pragma once

#include "base/unique_fd.hpp"

#include <string>

namespace skiff::registry {

/// A file that appears when it is complete. What is no regular file (a pipe, /dev/stdout) is written directly.
class OutputFile
{
  public:
    enum class IfThere
    {
        Replace,
        Refuse
    };
    explicit OutputFile(std::string path, IfThere if_there = IfThere::Replace);
    /// Writes into a descriptor, which is borrowed: standard output.
    explicit OutputFile(int fd) : borrowed_{fd} {}
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile(); ///< what was not committed goes away

    [[nodiscard]] int fd() const { return borrowed_ >= 0 ? borrowed_ : fd_.get(); }
    void commit();

  private:
    std::string path_;
    std::string temporary_; ///< its name until it is committed, where it needs one
    UniqueFd fd_;
    int borrowed_ = -1;
    bool has_no_name_ = false; ///< O_TMPFILE
};

} // namespace skiff::registry
