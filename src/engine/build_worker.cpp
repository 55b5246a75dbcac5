#include "engine/build_worker.hpp"

#include "base/error.hpp"
#include "engine/build_messages.hpp"
#include "kernel/namespaces.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

constexpr int patience_ms = 5000; ///< to kill a command, unmount and remove

/// The worker's side of the conversation.
class ChannelLink : public StageLink
{
  public:
    ChannelLink(Channel& channel, const FinishedStages& finished) : channel_{channel}, finished_{finished} {}

    void step(std::size_t number, std::size_t count, const std::string& text) override { send(stage_message::StepBegins{number, count, text}); }
    void output(monitor::Stream stream, std::string_view bytes) override { (void)channel_.send(monitor::encode(stream, bytes)); }
    void step_done(bool cached, const std::string& id) override { send(stage_message::StepDone{cached, id}); }
    void note(const std::string& line) override { send(stage_message::Note{line}); }
    void say(const std::string& line) override { send(stage_message::Say{line}); }
    void lose_place(const std::string& place, const std::string& why) override { send(stage_message::PlaceLost{place, why}); }
    [[nodiscard]] int end_fd() const override { return channel_.fd(); }

    StageImage need(std::size_t stage) override
    {
        if (const auto known = finished_.find(stage); known != finished_.end())
            return known->second;
        send(stage_message::Need{stage});
        const auto answer = channel_.receive();
        if (!answer || answer->fds.empty())
            throw Error{ErrorKind::Failure, "the build was given up"};
        return stage_message::read_stage(answer->fds.front().get());
    }

    void send(const stage_message::Message& message)
    {
        if (!channel_.send(stage_message::encode(message)))
            throw Error{ErrorKind::Failure, "the build was given up"};
    }

  private:
    Channel& channel_;
    const FinishedStages& finished_;
};

/// All that the child does. Nothing leaves it: what fails is told on the channel.
int work(Engine& engine, const BuildRequest& request, BuildPlan& plan, const FinishedStages& finished, std::size_t stage, Channel channel)
{
    ChannelLink link{channel, finished};
    try {
        const StageImage image = [&] {
            StageBuilder builder{engine, request, plan, stage, link};
            return builder.build();
        }();
        (void)channel.send(stage_message::encode(stage_message::Finished{}), {stage_message::write_stage(image).get()});
        return 0;
    } catch (const BuildCommandFailed& error) {
        (void)channel.send(stage_message::encode(stage_message::Failed{monitor::make_failed(error), error.code()}));
    } catch (const Error& error) {
        (void)channel.send(stage_message::encode(stage_message::Failed{monitor::make_failed(error), 0}));
    } catch (const std::exception& error) {
        (void)channel.send(stage_message::encode(stage_message::Failed{monitor::make_failed(Error{ErrorKind::Failure, error.what()}), 0}));
    }
    return 1;
}

} // namespace

StageWorker::StageWorker(Engine& engine, const BuildRequest& request, BuildPlan& plan, const FinishedStages& finished, std::size_t stage)
{
    (void)engine.store(); // opened once, for all
    auto [ours, theirs] = make_channel_pair();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        throw Error{errno, "starting the builder of a stage"};
    if (pid == 0) {
        // Ctrl-C reaches us all; only the parent decides, and its end of the channel tells us. If it is killed, so are we, and what we
        // have begun is swept by the next command.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(1);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
            ::signal(signal, SIG_IGN); // NOLINT(cert-err33-c)
        ours.close();
        ::_exit(work(engine, request, plan, finished, stage, std::move(theirs)));
    }
    process_ = ChildProcess{pid, Pidfd::find(pid).value_or(Pidfd{})};
    channel_ = std::move(ours);
    is_alive_ = true;
}

StageWorker::~StageWorker()
{
    if (!is_alive_ || process_.pid() == 0)
        return;
    channel_.close();
    if (!process_.pidfd() || !process_.pidfd().wait_for_end(patience_ms))
        ::kill(process_.pid(), SIGKILL);
    (void)process_.wait();
}

void StageWorker::give(const StageImage& stage) const
{
    (void)channel_.send("{}", {stage_message::write_stage(stage).get()});
}

void StageWorker::finish()
{
    channel_.close();
    (void)process_.wait();
    is_alive_ = false;
}

} // namespace skiff::engine
