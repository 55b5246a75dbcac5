#pragma once

#include "base/process.hpp"
#include "engine/log_source.hpp"

#include <string>
#include <string_view>

namespace skiff::engine {

/// Reads a container's entries of systemd's journal by journalctl(1), which knows its files, its rotation and who may read what.
class JournalReader : public LogSource
{
  public:
    JournalReader(std::string container_id, bool follow) : id_{std::move(container_id)}, follow_{follow} {}
    ~JournalReader() override;

    void begin(const std::optional<std::size_t>& lines) override;
    std::optional<monitor::LogRecord> next() override;
    [[nodiscard]] int fd() const override { return out_.get(); }

  private:
    std::string id_;
    bool follow_;
    ChildProcess journalctl_;
    UniqueFd out_;
    std::string buffer_;
};

/// One line of `journalctl -o json`. Nothing when it is no entry of a container.
std::optional<monitor::LogRecord> parse_journal_line(std::string_view line);

} // namespace skiff::engine
