#include "cli/compose/session.hpp"

#include "base/defer.hpp"
#include "base/file.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "frontends/compose/labels.hpp"
#include "store/events.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <set>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::size_t most_at_once = 64;

std::string variable(const char* name)
{
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string{} : value;
}

Board::Style style_of(const std::string& word)
{
    if (word == "tty")
        return Board::Style::Terminal;
    if (word == "plain")
        return Board::Style::Plain;
    if (word == "json")
        return Board::Style::Json;
    if (word == "quiet")
        return Board::Style::Quiet;
    return Board::Style::Auto;
}

std::vector<std::string> split_commas_of(const std::string& text)
{
    return text.empty() ? std::vector<std::string>{} : split_at(text, ',');
}

void write_error(const std::string& text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

} // namespace

std::unique_ptr<engine::Engine> make_engine(const Invocation& invocation) { return std::make_unique<engine::Engine>(engine_options(invocation)); }

ComposeSession::ComposeSession(const Invocation& invocation, const ComposeOptions& options, Files files, const std::vector<std::string>& named_services)
    : invocation_{invocation}, options_{options}, engine_{engine_options(invocation)}
{
    load(files, named_services);
    const auto setting = [&](const std::string& given, const char* name) {
        const auto known = project_.variables.find(name);
        return !given.empty() ? given : known == project_.variables.end() ? variable(name) : known->second;
    };
    const std::string ansi = setting(options_.ansi, "COMPOSE_ANSI");
    Board::Style style = style_of(setting(options_.progress, "COMPOSE_PROGRESS"));
    if (ansi == "never" && style == Board::Style::Auto)
        style = Board::Style::Plain;
    const bool no_color = !variable("NO_COLOR").empty();
    colors_ = ansi == "always" || (ansi != "never" && !no_color && ::isatty(STDOUT_FILENO) != 0);
    const int progress = compose::is_true_word(setting("", "COMPOSE_STATUS_STDOUT")) ? STDOUT_FILENO : STDERR_FILENO;
    board_ = std::make_unique<Board>(style, ansi == "always" || (ansi != "never" && !no_color && ::isatty(progress) != 0), progress);
    lock_ = std::make_unique<ProjectLock>(engine_, project_.name);
    std::size_t limit = most_at_once;
    if (options_.parallel > 0)
        limit = static_cast<std::size_t>(options_.parallel);
    else if (const std::string count = setting("", "COMPOSE_PARALLEL_LIMIT"); !count.empty())
        limit = static_cast<std::size_t>(std::max<std::int64_t>(while_doing("COMPOSE_PARALLEL_LIMIT", [&] { return read_integer(count); }), 1));
    crew_ = std::make_unique<Crew>(loop_, limit);
}

void ComposeSession::load(Files files, const std::vector<std::string>& named_services)
{
    const compose::ThisWorld world;
    compose::LoadRequest request;
    request.files = options_.files;
    request.project_directory = options_.project_directory;
    request.project_name = options_.project_name;
    request.env_files = options_.env_files;
    compose::Document document;
    try {
        document = compose::load_document(world, request);
    } catch (const Error& error) {
        const std::string name = options_.project_name.empty() ? variable("COMPOSE_PROJECT_NAME") : options_.project_name;
        if (files == Files::Required || name.empty() || !error.message().starts_with("no configuration file"))
            throw;
        load_from_containers(name);
        return;
    }
    compose::ProjectRequest wanted;
    wanted.profiles = options_.profiles;
    if (const auto more = document.variables.find("COMPOSE_PROFILES"); more != document.variables.end())
        for (std::string& profile : split_commas_of(more->second))
            wanted.profiles.push_back(std::move(profile));
    wanted.named = named_services;
    wanted.all_resources = options_.all_resources;
    const auto compatibility = document.variables.find("COMPOSE_COMPATIBILITY");
    wanted.compatibility = options_.compatibility || (compatibility != document.variables.end() && compose::is_true_word(compatibility->second));
    project_ = compose::make_project(world, std::move(document), wanted);
}

void ComposeSession::load_from_containers(const std::string& name)
{
    has_files_ = false;
    project_.name = name;
    std::set<std::string> seen;
    for (const compose::Existing& one : compose::list_existing(engine_, name)) {
        if (one.one_off || !seen.insert(one.service).second)
            continue;
        compose::Service service;
        service.name = one.service;
        project_.services.push_back(std::move(service));
    }
    // What each label says about the order.
    for (const store::ContainerRecord& record : engine_.store().containers().list()) {
        const auto& all = record.config.labels;
        const auto project = all.find(compose::labels::project);
        const auto service = all.find(compose::labels::service);
        const auto depends = all.find(compose::labels::depends_on);
        if (project == all.end() || project->second != name || service == all.end() || depends == all.end() || depends->second.empty())
            continue;
        for (compose::Service& one : project_.services)
            if (one.name == service->second && one.depends_on.empty())
                for (const std::string& text : split_at(depends->second, ','))
                    if (seen.contains(split_at(text, ':')[0]))
                        one.depends_on.push_back({split_at(text, ':')[0]});
    }
}

void ComposeSession::read_env_files(const std::vector<std::string>& services, bool with_dependencies)
{
    compose::read_env_files(project_, compose::ThisWorld{}, services, with_dependencies);
}

void ComposeSession::print_warnings()
{
    for (const std::string& warning : project_.warnings)
        write_error(cat("Warning: ", printable(warning), "\n"));
    project_.warnings.clear();
}

std::vector<compose::Existing> ComposeSession::containers() { return compose::list_existing(engine_, project_.name); }

std::vector<compose::Existing> ComposeSession::containers_of(const std::vector<std::string>& services, bool all)
{
    for (const std::string& service : services)
        (void)project_.service(service);
    std::vector<compose::Existing> chosen;
    for (compose::Existing& one : containers()) {
        const bool named = services.empty() || std::find(services.begin(), services.end(), one.service) != services.end();
        if (named && !one.one_off && (all || one.is_up()))
            chosen.push_back(std::move(one));
    }
    return chosen;
}

compose::Existing ComposeSession::container_of(const std::string& service, unsigned number, bool must_run)
{
    (void)project_.service(service);
    for (compose::Existing& one : containers())
        if (one.service == service && !one.one_off && (number == 0 || one.number == number) && (!must_run || one.is_running()))
            return std::move(one);
    if (number > 1)
        throw Error{ErrorKind::State, cat("service \"", service, "\" is not running container #", number)};
    throw Error{ErrorKind::State, cat("service \"", service, must_run ? "\" is not running" : "\" has no container")}.with_hint(
        cat("start it with: ", invocation_.program, " compose up -d ", service));
}

bool ComposeSession::report(const std::vector<std::string>& errors)
{
    board_->settle();
    for (const std::string& error : errors)
        write_error(error);
    return errors.empty();
}

/// The first ctrl-C asks the workers to end, as it would ask the command that each of them runs, and one more ends us. Where something is
/// to be done about what has begun, the first one lets workers finish.
bool ComposeSession::run_interruptibly(Foreman& foreman, std::vector<Job> jobs)
{
    Turn* const turn = lock_->is_held() ? lock_.get() : nullptr;
    if (signals_elsewhere_)
        return report(foreman.run(std::move(jobs), turn));
    int interrupted = 0;
    bool holds = false;
    std::optional<std::vector<std::string>> known; // a worker that was asked to end has not failed
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, nullptr, &before);
    constexpr std::array interrupts{SIGINT, SIGTERM, SIGHUP};
    const Defer restore{[&] {
        for (const int signal : interrupts)
            loop_.forget_signal(signal);
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
    }};
    for (const int signal : interrupts)
        loop_.on_signal(signal, [&](const signalfd_siginfo& info) {
            if (interrupted != 0 && !holds)
                ::_exit(exit_code_of_signal + interrupted);
            holds = interrupted == 0 && on_interrupt_ != nullptr;
            interrupted = static_cast<int>(info.ssi_signo);
            if (holds) {
                foreman.hold();
                return;
            }
            known = foreman.errors();
            foreman.cancel();
        });
    const auto errors = foreman.run(std::move(jobs), turn);
    const bool done = report(known.value_or(errors));
    if (interrupted == 0)
        return done;
    if (on_interrupt_)
        on_interrupt_();
    else
        write_error("Interrupted; what was begun is as it is, and the same command goes on from there\n");
    unlock();
    ::_exit(exit_code_of_signal + interrupted);
}

bool ComposeSession::run(std::vector<Job> jobs)
{
    Foreman foreman{loop_, *crew_, *board_, [this] { return make_engine(invocation_); }};
    return run_interruptibly(foreman, std::move(jobs));
}

bool ComposeSession::run_with_events(std::vector<Job> jobs)
{
    if (std::none_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.gate != nullptr; }))
        return run(std::move(jobs));
    const store::EventWatch events{engine_.store().root()};
    Foreman foreman{loop_, *crew_, *board_, [this] { return make_engine(invocation_); }, events.fd(),
                    [&] { events.wait(std::chrono::milliseconds{0}); }};
    return run_interruptibly(foreman, std::move(jobs));
}

void ComposeSession::refuse_dry_run() const
{
    if (options_.dry_run)
        throw Error{ErrorKind::Usage, cat("--dry-run is not supported by `", invocation_.path, "`")}.with_hint(
            "up, create and down know it; `compose plan` shows what up would do");
}

} // namespace skiff::cli
