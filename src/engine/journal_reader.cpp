#include "engine/journal_reader.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::engine {
namespace {

/// A string, or an array of bytes where they are no UTF-8.
std::string bytes_of(const nlohmann::json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    std::string text;
    if (value.is_array())
        for (const nlohmann::json& byte : value)
            text += byte.is_number_unsigned() ? static_cast<char>(byte.get<unsigned>()) : '?';
    return text;
}

} // namespace

std::optional<monitor::LogRecord> parse_journal_line(std::string_view line)
{
    const nlohmann::json entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("MESSAGE") || !entry.contains("__REALTIME_TIMESTAMP"))
        return std::nullopt;
    const std::string stamp = bytes_of(entry["__REALTIME_TIMESTAMP"]);
    std::int64_t microseconds = 0;
    if (std::from_chars(stamp.data(), stamp.data() + stamp.size(), microseconds).ec != std::errc{})
        return std::nullopt;
    monitor::LogRecord record;
    record.time = WallTime{std::chrono::microseconds{microseconds}};
    record.is_error = entry.value("PRIORITY", nlohmann::json{}) == "3";
    record.is_partial = entry.contains("CONTAINER_PARTIAL_MESSAGE");
    record.text = bytes_of(entry["MESSAGE"]);
    return record;
}

JournalReader::~JournalReader()
{
    if (journalctl_.pid() == 0)
        return;
    journalctl_.pidfd().send_signal(SIGKILL);
    journalctl_.wait();
}

void JournalReader::begin(const std::optional<std::size_t>& lines)
{
    const auto program = find_system_program("journalctl");
    if (!program)
        throw Error{ErrorKind::Failure, "reading the journal: there is no journalctl on this machine"};
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw Error{errno, "making a pipe"};
    out_ = UniqueFd{ends[0]};
    const UniqueFd theirs{ends[1]};
    SpawnRequest spawn;
    spawn.argv = {*program, "--quiet", "--no-pager", "--all", "--output=json", cat("--lines=", lines ? std::to_string(*lines) : "all")};
    if (follow_)
        spawn.argv.emplace_back("--follow");
    spawn.argv.push_back(cat("CONTAINER_ID_FULL=", id_));
    spawn.fds = {{theirs.get(), STDOUT_FILENO}};
    journalctl_ = spawn_process(spawn);
    if (follow_)
        ::fcntl(out_.get(), F_SETFL, O_NONBLOCK);
}

std::optional<monitor::LogRecord> JournalReader::next()
{
    for (;;) {
        if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
            auto record = parse_journal_line(std::string_view{buffer_}.substr(0, end));
            buffer_.erase(0, end + 1);
            if (record)
                return record;
            continue;
        }
        std::string piece(64U * 1024U, '\0');
        const ssize_t got = ::read(out_.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return std::nullopt;
        buffer_.append(piece, 0, static_cast<std::size_t>(got));
    }
}

} // namespace skiff::engine
