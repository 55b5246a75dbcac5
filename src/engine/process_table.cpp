#include "engine/process_table.hpp"

#include "base/error.hpp"
#include "engine/process_columns.hpp"
#include "engine/start.hpp"

#include <algorithm>
#include <ctime>
#include <sys/sysinfo.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

const ProcessColumnKind* find_in(std::span<const ProcessColumnKind> kinds, std::string_view word)
{
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const ProcessColumnKind& kind) {
        return kind.name == word || (!kind.code.empty() && kind.code == word);
    });
    return found == kinds.end() ? nullptr : &*found;
}

/// "ps:" marks columns in the form of ps(1).
const ProcessColumnKind* find_kind(std::string_view descriptor)
{
    constexpr std::string_view mark = "ps:";
    if (!descriptor.starts_with(mark))
        return find_in(podman_process_columns, descriptor);
    descriptor.remove_prefix(mark.size());
    const ProcessColumnKind* own = find_in(ps_process_columns, descriptor);
    return own != nullptr ? own : find_in(podman_process_columns, descriptor);
}

std::vector<std::string> split(const std::string& text, const char* separators)
{
    std::vector<std::string> words;
    for (std::size_t begin = text.find_first_not_of(separators); begin != std::string::npos;) {
        const std::size_t end = text.find_first_of(separators, begin);
        words.push_back(text.substr(begin, end - begin));
        begin = end == std::string::npos ? end : text.find_first_not_of(separators, end);
    }
    return words;
}

std::vector<ProcessColumn> ps_columns(const std::vector<std::string>& names)
{
    std::vector<ProcessColumn> columns;
    for (const std::string& name : names)
        columns.push_back({"ps:" + name, ""});
    return columns;
}

/// -o LIST: names with commas or spaces between; NAME=HEADING takes the rest of its word.
void add_format(std::vector<ProcessColumn>& columns, const std::string& list)
{
    for (const std::string& word : split(list, ", ")) {
        const std::size_t equals = word.find('=');
        const ProcessColumn column{"ps:" + word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1)};
        if (find_kind(column.descriptor) == nullptr)
            throw Error{ErrorKind::Usage, cat("unknown descriptor ", quoted(word.substr(0, equals)))}.with_hint(
                "`top` reads the host's /proc and knows the usual columns of ps(1): pid, ppid, user, pcpu, rss, etime, stat, args ...");
        columns.push_back(column);
    }
}

} // namespace

std::optional<std::vector<ProcessColumn>> find_top_columns(const std::vector<std::string>& words)
{
    std::vector<ProcessColumn> columns;
    for (const std::string& word : words)
        for (const std::string& descriptor : split(word, ",")) {
            if (descriptor.starts_with("ps:") || find_kind(descriptor) == nullptr)
                return std::nullopt;
            columns.push_back({descriptor, ""});
        }
    if (columns.empty())
        for (const char* usual : {"user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args"})
            columns.push_back({usual, ""});
    return columns;
}

std::vector<ProcessColumn> parse_ps_options(const std::vector<std::string>& words)
{
    std::vector<std::string> parts = words;
    if (words.size() == 1)
        parts = split(words[0], " "); // "-eo pid,comm" as one word
    std::vector<ProcessColumn> listed;
    bool full = false;
    bool users = false;
    bool is_long = false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string& word = parts[i];
        const bool dashed = word.starts_with('-');
        const std::string letters = dashed ? word.substr(word.starts_with("--") ? 2 : 1) : word;
        for (std::size_t at = 0; at < letters.size(); ++at) {
            const char letter = letters[at];
            if (letter == 'o' || letter == 'O') {
                // The rest of the word, or all words up to the next option: -eo pid comm.
                std::string list = letters.substr(at + 1);
                while (list.empty() && i + 1 < parts.size())
                    list = parts[++i];
                if (list.empty())
                    throw Error{ErrorKind::Usage, "ps: format specification must follow -o"};
                add_format(listed, list);
                break;
            }
            if (letter == 'f' || letter == 'F')
                full = true;
            else if (letter == 'u' && !dashed)
                users = true;
            else if (letter == 'l')
                is_long = true;
            else if (std::string_view{"eAaxwd"}.find(letter) == std::string_view::npos) // they all mean "all" or "wide"
                throw Error{ErrorKind::Usage, cat("unsupported option of ps(1): ", quoted(word))}.with_hint(
                    "`top` reads the host's /proc itself; it knows -e, -a, -x, -f, -l, u and -o LIST");
        }
    }
    if (!listed.empty())
        return listed;
    if (users)
        return ps_columns({"user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "start", "time", "command"});
    if (is_long)
        return ps_columns({"s", "uid", "pid", "ppid", "c", "ni", "vsz", "tty", "time", "ucmd"});
    if (full) {
        auto columns = ps_columns({"user", "pid", "ppid", "c", "stime", "tty", "time", "cmd"});
        columns.front().heading = "UID";
        return columns;
    }
    return ps_columns({"pid", "tty", "time", "ucmd"});
}

ProcessClock ProcessClock::read()
{
    ProcessClock clock;
    clock.ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    timespec up{};
    ::clock_gettime(CLOCK_BOOTTIME, &up);
    const auto since_boot = std::chrono::seconds{up.tv_sec} + std::chrono::nanoseconds{up.tv_nsec};
    clock.now_s = std::chrono::duration<double>(since_boot).count();
    clock.boot = wall_now() - since_boot;
    struct sysinfo machine{};
    if (::sysinfo(&machine) == 0)
        clock.memory_bytes = static_cast<std::uint64_t>(machine.totalram) * machine.mem_unit;
    return clock;
}

std::vector<std::vector<std::string>> make_process_table(const ContainerProcesses& container, const ProcessClock& clock,
                                                         const std::vector<ProcessColumn>& columns)
{
    std::vector<std::vector<std::string>> rows(1);
    for (const ProcessColumn& column : columns)
        rows.front().push_back(column.heading.empty() ? std::string{find_kind(column.descriptor)->heading} : column.heading);
    for (const kernel::ProcessFacts& process : container.processes) {
        std::vector<std::string> row;
        for (const ProcessColumn& column : columns)
            row.push_back(printable(find_kind(column.descriptor)->show({process, container, clock})));
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<std::vector<std::string>> list_container_processes(Engine& engine, const std::string& id, const std::vector<std::string>& words)
{
    const store::ContainerRecord record = settle(engine, id);
    if (!record.is_running())
        throw Error{ErrorKind::State, "top can only be used on running containers"};
    const auto columns = find_top_columns(words);
    return make_process_table(find_container_processes(record), ProcessClock::read(), columns ? *columns : parse_ps_options(words));
}

} // namespace skiff::engine
