#pragma once

#include "base/unique_fd.hpp"
#include "engine/log_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// Reads a log that grows and is rotated (to PATH.1) under our hands.
///
/// Files are told apart by what is open, never by name: a name means another file a moment later. A file that we hold keeps
/// its inode, so that device and inode say which one a name means now.
class LogReader : public LogSource
{
  public:
    LogReader(std::string path, monitor::LogFormat format) : path_{std::move(path)}, format_{format} {}

    void begin(const std::optional<std::size_t>& lines) override;
    std::optional<monitor::LogRecord> next() override;
    [[nodiscard]] std::string directory() const override { return path_.substr(0, path_.rfind('/')); }

  private:
    bool fill();
    bool read_piece();
    void move_on();
    [[nodiscard]] std::vector<UniqueFd> open_generations() const;
    [[nodiscard]] bool was_rotated() const;
    void skip_to_tail(std::size_t lines);
    std::int64_t find_tail(int fd, std::size_t& lines) const;

    std::string path_;
    monitor::LogFormat format_;
    std::vector<UniqueFd> files_; ///< the one being read, then later ones
    std::string buffer_;
    std::size_t at_ = 0;
};

} // namespace skiff::engine
