#include "cli/compose/shift.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/compose/crew.hpp"
#include "model/record_fields.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace skiff::cli {

template <typename Fields>
void describe(Fields& field, record::Of<JobReport>)
{
    field("job", &JobReport::job);
    field("code", &JobReport::code);
    field("error", &JobReport::error);
}

namespace {

constexpr off_t max_error = off_t{64} * 1024; ///< of one job's messages; errors stand at the end

/// Keeps apart what is said on standard error for one of several jobs.
class Hearing
{
  public:
    Hearing() : words_{::memfd_create("skiff-words", MFD_CLOEXEC)}
    {
        if (!words_)
            throw Error{errno, "collecting messages"};
    }

    /// The exit code of `work`.
    [[nodiscard]] int listen(const std::function<void()>& work) const
    {
        const UniqueFd before{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
        ::dup2(words_.get(), STDERR_FILENO);
        const int code = exit_code_of([&] {
            work();
            return 0;
        });
        ::dup2(before.get(), STDERR_FILENO);
        return code;
    }

    [[nodiscard]] std::string words() const
    {
        const off_t size = ::lseek(words_.get(), 0, SEEK_END);
        ::lseek(words_.get(), std::max(size - max_error, off_t{0}), SEEK_SET);
        return read_all(words_.get(), max_error, "messages");
    }

  private:
    UniqueFd words_;
};

void report(const JobReport& report) { write_all(STDOUT_FILENO, record::to_text(report) + "\n", "a report"); }

/// A chain that is being worked on.
struct Open
{
    LaunchChain left;
    std::optional<Hearing> hearing; ///< of the first of `left`
    Rest rest;
};

/// Goes on until something is to be waited for. False when nothing is left.
bool advance(engine::Engine& engine, Open& chain)
{
    while (!chain.left.empty()) {
        const Launch& launch = chain.left.front();
        int code = 0;
        if (!chain.hearing) {
            chain.hearing.emplace();
            code = chain.hearing->listen([&] { chain.rest = launch.work(engine); });
            if (code == 0 && chain.rest.fd >= 0)
                return true;
        }
        if (code == 0 && chain.rest.finish)
            code = chain.hearing->listen(chain.rest.finish);
        report({launch.job, code, chain.hearing->words()});
        chain.hearing.reset();
        chain.rest = {};
        if (code != 0)
            return false;
        chain.left.pop_front();
    }
    return false;
}

} // namespace

void work_shift(engine::Engine& engine, std::vector<LaunchChain> chains)
{
    std::vector<Open> open;
    for (LaunchChain& launches : chains) {
        Open chain{std::move(launches), {}, {}};
        if (advance(engine, chain))
            open.push_back(std::move(chain));
    }
    while (!open.empty()) {
        std::vector<pollfd> waited;
        waited.reserve(open.size());
        for (const Open& chain : open)
            waited.push_back({chain.rest.fd, POLLIN, 0});
        if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR)
            throw Error{errno, "waiting for containers"};
        std::vector<Open> still;
        for (std::size_t i = 0; i < open.size(); ++i)
            if (waited[i].revents == 0 || advance(engine, open[i]))
                still.push_back(std::move(open[i]));
        open = std::move(still);
    }
}

std::optional<JobReport> read_report(const std::string& line)
{
    try {
        return record::from_text<JobReport>(line, "report");
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace skiff::cli
