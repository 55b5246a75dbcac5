#include "cli/compose/crew.hpp"

#include "base/error.hpp"
#include "cli/front.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace skiff::cli {
namespace {

constexpr std::size_t max_output = 1U << 20U; ///< kept of each stream of one worker

struct Pipe
{
    UniqueFd read, write;
};

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw Error{errno, "making a pipe"};
    Pipe made{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
    return made;
}

/// The child's side: its streams, signals as at a start, and a group of its own, so that ctrl-C is for the parent to pass on.
[[noreturn]] void work_in_child(const Crew::Work& work, const Pipe& out, const Pipe& error, bool beside, pid_t parent)
{
    // Work that goes on as long as others do must not outlive who wants it; all else is to be finished.
    if (beside && (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent))
        ::_exit(exit_code(ErrorKind::Failure));
    ::setpgid(0, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        std::signal(signal, SIG_DFL);
    const UniqueFd nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(error.write.get(), STDERR_FILENO);
    ::_exit(exit_code_of(work));
}

void take_lines(std::string& begun, std::string_view data, bool is_error, const Crew::OnLine& on_line)
{
    for (;;) {
        const std::size_t end = data.find('\n');
        begun += data.substr(0, end);
        if (end == std::string_view::npos)
            break;
        on_line(is_error, begun);
        begun.clear();
        data.remove_prefix(end + 1);
    }
    if (begun.size() > max_output) {
        on_line(is_error, begun);
        begun.clear();
    }
}

} // namespace

Crew::~Crew()
{
    for (Worker& worker : workers_) {
        worker.process.pidfd().send_signal(SIGTERM);
        if (worker.out)
            loop_.unwatch(worker.out.get());
        if (worker.error)
            loop_.unwatch(worker.error.get());
        loop_.unwatch(worker.process.pidfd().get());
        if (!worker.process.pidfd().wait_for_end(10'000))
            worker.process.pidfd().send_signal(SIGKILL);
        worker.process.wait();
    }
}

void Crew::start(Work work, OnDone on_done, OnLine on_line)
{
    if (has_room())
        launch(std::move(work), std::move(on_done), std::move(on_line), false);
    else
        queue_.push_back({std::move(work), std::move(on_done), std::move(on_line)});
}

void Crew::start_beside(Work work, OnDone on_done, OnLine on_line) { launch(std::move(work), std::move(on_done), std::move(on_line), true); }

void Crew::launch(Work work, OnDone on_done, OnLine on_line, bool beside)
{
    try {
        workers_.push_back(make_worker(work, beside));
        watch(std::prev(workers_.end()));
    } catch (const Error& error) {
        if (on_line)
            on_line(true, describe(error));
        on_done({exit_code(error.kind()), {}, describe(error)});
        return;
    }
    workers_.back().on_done = std::move(on_done);
    workers_.back().on_line = std::move(on_line);
}

void Crew::watch(std::list<Worker>::iterator worker)
{
    try {
        for (const bool is_error : {false, true}) {
            const int fd = (is_error ? worker->error : worker->out).get();
            loop_.watch(fd, EPOLLIN, [this, worker, is_error, fd](std::uint32_t) {
                if (!drain(*worker, is_error))
                    loop_.unwatch(fd);
            });
        }
        loop_.watch(worker->process.pidfd().get(), EPOLLIN, [this, worker](std::uint32_t) { finish(worker); });
    } catch (const Error&) {
        Worker unwatched = take_out(worker);
        unwatched.process.pidfd().send_signal(SIGKILL);
        unwatched.process.wait();
        throw;
    }
}

Crew::Worker Crew::make_worker(const Work& work, bool beside)
{
    Pipe out = make_pipe();
    Pipe error = make_pipe();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        throw Error{errno, "starting a worker"};
    if (pid == 0)
        work_in_child(work, out, error, beside, parent);
    auto pidfd = Pidfd::find(pid);
    if (!pidfd) { // no descriptor for it: nobody would hear of its end
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        throw Error{ErrorKind::Failure, "starting a worker: it cannot be watched"};
    }
    Worker worker;
    worker.process = ChildProcess{pid, std::move(*pidfd)};
    worker.out = std::move(out.read);
    worker.error = std::move(error.read);
    worker.beside = beside;
    return worker;
}

/// False at the end of the stream.
bool Crew::drain(Worker& worker, bool is_error)
{
    std::array<char, 16384> buffer{};
    const UniqueFd& fd = is_error ? worker.error : worker.out;
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0)
            return errno == EAGAIN || errno == EINTR;
        if (count == 0)
            return false;
        const std::string_view data{buffer.data(), static_cast<std::size_t>(count)};
        if (worker.on_line)
            take_lines(is_error ? worker.error_line : worker.out_line, data, is_error, worker.on_line);
        std::string& kept = is_error ? worker.result.error : worker.result.out;
        if (is_error || !worker.on_line)
            kept += data;
        if (kept.size() > 2 * max_output) // errors stand at the end
            kept.erase(0, kept.size() - max_output);
    }
}

void Crew::finish(std::list<Worker>::iterator worker)
{
    Worker ended = take_out(worker); // first: it has ended, whatever those think who are told
    ended.result.code = ended.process.wait().code;
    try {
        tell(ended);
    } catch (...) {
        begin_waiting();
        throw;
    }
    begin_waiting();
}

Crew::Worker Crew::take_out(std::list<Worker>::iterator worker)
{
    for (const int fd : {worker->out.get(), worker->error.get(), worker->process.pidfd().get()})
        if (loop_.is_watched(fd))
            loop_.unwatch(fd);
    Worker taken = std::move(*worker);
    workers_.erase(worker);
    return taken;
}

void Crew::tell(Worker& ended)
{
    for (const bool is_error : {false, true}) {
        (void)drain(ended, is_error);
        const std::string& begun = is_error ? ended.error_line : ended.out_line;
        if (ended.on_line && !begun.empty())
            ended.on_line(is_error, begun);
    }
    ended.on_done(std::move(ended.result)); // it may be the word to cancel
}

void Crew::begin_waiting()
{
    while (!queue_.empty() && has_room()) {
        Waiting next = std::move(queue_.front());
        queue_.pop_front();
        launch(std::move(next.work), std::move(next.on_done), std::move(next.on_line), false);
    }
}

bool Crew::has_room() const
{
    const auto busy = static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(), [](const Worker& w) { return !w.beside; }));
    return limit_ == 0 || busy < limit_;
}

void Crew::cancel()
{
    signal_all(SIGTERM);
    drop_waiting();
}

void Crew::drop_waiting()
{
    while (!queue_.empty()) {
        const OnDone on_done = std::move(queue_.front().on_done);
        queue_.pop_front();
        on_done({exit_code_of_signal + SIGTERM, {}, {}});
    }
}

void Crew::signal_all(int signal) const
{
    for (const Worker& worker : workers_)
        worker.process.pidfd().send_signal(signal);
}

} // namespace skiff::cli
