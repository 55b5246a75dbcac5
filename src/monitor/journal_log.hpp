#pragma once

#include "base/unique_fd.hpp"
#include "model/container_config.hpp"
#include "monitor/log_sink.hpp"

#include <string>
#include <string_view>

namespace skiff::monitor {

/// Writes a container's output to systemd's journal, one entry per line, in its native protocol (systemd.io, "Native Journal
/// Protocol"), which needs no library. A journal that does not take entries costs the entries, never the container.
class JournalLog : public LogSink
{
  public:
    explicit JournalLog(const ContainerConfig& config);
    void write(Stream stream, std::string_view bytes) override;

  private:
    void send(bool is_error, bool is_partial, std::string_view text);

    std::string fields_; ///< of every entry
    UniqueFd socket_;
    bool complained_ = false;
};

/// True when a journal listens on this machine.
bool journal_exists();

/// "NAME=value", or the form with a length for a value with line breaks. Pure.
std::string journal_field(std::string_view name, std::string_view value);

} // namespace skiff::monitor
