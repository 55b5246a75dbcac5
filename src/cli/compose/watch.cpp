#include "cli/compose/watch.hpp"

#include "base/file.hpp"
#include "base/path.hpp"
#include "build/ignore_file.hpp"
#include "cli/compose/file_changes.hpp"
#include "cli/compose/up.hpp"
#include "cli/run_words.hpp"
#include "engine/copy.hpp"
#include "engine/life.hpp"
#include "frontends/compose/hook_words.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <unistd.h>

// Changes are collected for half a second, so that one save of an editor is one action.

namespace skiff::cli {
namespace {

constexpr std::chrono::milliseconds batch{500};

struct Rule
{
    std::string service, action, path, target;
    const compose::Node* exec = nullptr;
    build::IgnoreRules hidden, shown;
    std::unique_ptr<FileChanges> changes;
    std::set<std::string> pending;
    bool initial_sync = false;

    [[nodiscard]] bool is_hidden(const std::string& relative) const
    {
        if (hidden.find_hiding(relative) != nullptr && !hidden.may_show_below(relative))
            return true;
        return false;
    }
    /// Whether a changed file is meant: `include` leaves out what it does not name.
    [[nodiscard]] bool is_meant(const std::string& relative) const { return shown.empty() || shown.find_hiding(relative) != nullptr; }
};

std::vector<std::string> texts_of(const compose::Node* list)
{
    std::vector<std::string> texts;
    if (list != nullptr)
        for (const compose::Node& item : list->items)
            texts.push_back(item.text);
    return texts;
}

std::string lines_of(const std::vector<std::string>& patterns)
{
    std::string text;
    for (const std::string& pattern : patterns)
        text += pattern + "\n";
    return text;
}

class Watcher
{
  public:
    Watcher(ComposeSession& session, const WatchOptions& options) : session_{session}, options_{options}
    {
        for (const compose::Service* service : session.project().in_order(options.services, false))
            add_rules(*service);
        if (rules_.empty())
            throw Error{ErrorKind::Failure, "none of the selected services is configured for watch, consider setting a 'develop' section"};
    }

    int watch()
    {
        session_.handle_signals_elsewhere();
        for (const int signal : {SIGINT, SIGTERM})
            session_.loop().on_signal(signal, [this](const signalfd_siginfo&) { session_.loop().stop(); });
        for (const auto& rule : rules_) {
            if (rule->initial_sync)
                sync(*rule, rule->changes->list());
            session_.loop().watch(rule->changes->fd(), EPOLLIN, [this, rule = rule.get()](std::uint32_t) { take(*rule); });
        }
        say("Watch enabled");
        session_.loop().run();
        for (const auto& rule : rules_)
            session_.loop().unwatch(rule->changes->fd());
        return 0;
    }

  private:
    void say(const std::string& line) const
    {
        if (!options_.quiet) {
            const std::string text = cat(printable(line), "\n");
            (void)!::write(STDERR_FILENO, text.data(), text.size());
        }
    }

    void add_rules(const compose::Service& service)
    {
        const compose::Node* develop = service.node.find("develop");
        const compose::Node* rules = develop == nullptr ? nullptr : develop->find("watch");
        if (rules == nullptr)
            return;
        for (const compose::Node& node : rules->items) {
            auto rule = std::make_unique<Rule>();
            rule->service = service.name;
            rule->action = node.text_of("action");
            rule->path = node.text_of("path");
            rule->target = node.text_of("target");
            rule->exec = node.find("exec");
            rule->initial_sync = node.flag_of("initial_sync") && rule->action.starts_with("sync");
            if (rule->action == "rebuild" && !service.has_build)
                throw compose::error_at(node.place, cat("services.", service.name, ".develop.watch: rebuild needs build:"));
            std::vector<std::string> ignored = texts_of(node.find("ignore"));
            ignored.emplace_back(".git");
            if (const auto file = find_file(AT_FDCWD, cat(rule->path, "/.dockerignore"), build::max_ignore_file_bytes))
                ignored.insert(ignored.begin(), *file);
            rule->hidden = build::IgnoreRules::parse(lines_of(ignored), cat(rule->path, "/.dockerignore"));
            rule->shown = build::IgnoreRules::from_patterns(texts_of(node.find("include")));
            Rule* const raw = rule.get();
            rule->changes = std::make_unique<FileChanges>(rule->path, [raw](const std::string& relative) { return raw->is_hidden(relative); });
            rules_.push_back(std::move(rule));
        }
    }

    void take(Rule& rule)
    {
        const bool first = rule.pending.empty();
        for (const std::string& path : rule.changes->take())
            if (rule.is_meant(path))
                rule.pending.insert(path);
        if (first && !rule.pending.empty())
            session_.loop().after(batch, [this, &rule] { act(rule); });
    }

    void act(Rule& rule)
    {
        const std::set<std::string> changed = std::exchange(rule.pending, {});
        try {
            if (rule.action.starts_with("sync"))
                sync(rule, changed);
            if (rule.action == "rebuild")
                rebuild(rule);
            if (rule.action == "restart" || rule.action == "sync+restart")
                restart(rule);
            if (rule.action == "sync+exec")
                execute(rule);
        } catch (const Error& error) {
            say(cat("Error: ", error.message()));
        }
    }

    bool run_jobs(std::vector<Job> jobs)
    {
        for (Job& job : jobs)
            job.is_shown = false;
        return session_.run(std::move(jobs));
    }

    /// What is there is copied; what is gone is removed in the container, with the container's own rm.
    void sync(const Rule& rule, const std::set<std::string>& changed)
    {
        if (changed.empty())
            return;
        say(cat("Syncing service ", rule.service, " after ", changed.size(), " change", changed.size() == 1 ? " was" : "s were", " detected"));
        std::vector<Job> jobs;
        for (const compose::Existing& one : session_.containers_of({rule.service}, false)) {
            Job job;
            job.subject = cat("Container ", one.name);
            job.work = [this, &rule, changed, id = one.id](engine::Engine& engine) { sync_into(rule, changed, id, engine); };
            jobs.push_back(std::move(job));
        }
        run_jobs(std::move(jobs));
    }

    void sync_into(const Rule& rule, const std::set<std::string>& changed, const std::string& id, engine::Engine& engine) const
    {
        std::vector<std::string> gone{"exec", id, "rm", "-rf", "--"};
        const std::size_t none = gone.size();
        std::vector<std::pair<std::string, std::string>> present;
        for (const std::string& relative : changed) {
            const std::string source = relative.empty() ? rule.path : cat(rule.path, "/", relative);
            const std::string target = relative.empty() ? rule.target : cat(rule.target, rule.target.ends_with('/') ? "" : "/", relative);
            if (::faccessat(AT_FDCWD, source.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                present.emplace_back(source, target);
            else
                gone.push_back(target);
        }
        if (gone.size() > none && run_words_apart(session_.invocation(), gone) != 0)
            say(cat("Warning: files that were removed stay in service ", rule.service, ": its image has no rm"));
        for (const auto& [source, target] : present) {
            try {
                copy_one(engine, source, id, target);
            } catch (const Error&) { // most likely its directory is missing; else the same error comes again
                make_parents(engine, id, target);
                copy_one(engine, source, id, target);
            }
        }
    }

    /// The directories that `target` lies in, made where they are missing: copying wants them. An empty tree is copied over the root.
    static void make_parents(engine::Engine& engine, const std::string& id, const std::string& target)
    {
        const std::vector<std::string> names = components_of(target);
        if (names.size() < 2)
            return;
        const TempDir tree{"/tmp", "skiff-watch-"};
        std::string path = tree.path();
        for (std::size_t i = 0; i + 1 < names.size(); ++i)
            path += cat("/", names[i]);
        make_directories(path, 0755);
        copy_into(engine, cat(tree.path(), "/", names[0]), id, "/");
    }

    /// Into the directory that it is to lie in, as long as it keeps its name: neither a link here nor one there is followed.
    static void copy_one(engine::Engine& engine, const std::string& source, const std::string& id, const std::string& target)
    {
        const std::string name = source.substr(source.rfind('/'));
        copy_into(engine, source, id, target.ends_with(name) ? target.substr(0, target.size() - name.size() + 1) : target);
    }

    static void copy_into(engine::Engine& engine, const std::string& source, const std::string& id, const std::string& target)
    {
        engine::CopyRequest request;
        request.keep_link = true;
        request.from.path = source;
        request.to.container = id;
        request.to.path = target;
        engine::copy_files(engine, request);
    }

    void restart(const Rule& rule)
    {
        say(cat("Restarting service ", rule.service));
        std::vector<Job> jobs;
        for (const compose::Existing& one : session_.containers_of({rule.service}, false)) {
            Job job;
            job.subject = cat("Container ", one.name);
            job.work = [id = one.id](engine::Engine& engine) { engine::restart_container(engine, id, {}); };
            jobs.push_back(std::move(job));
        }
        run_jobs(std::move(jobs));
    }

    void rebuild(const Rule& rule)
    {
        say(cat("Rebuilding service ", rule.service, " after changes were detected"));
        ImageWishes wishes;
        wishes.build = true;
        if (!obtain_images(session_, {rule.service}, false, wishes))
            return;
        compose::PlanOptions options;
        options.services = {rule.service};
        options.with_dependencies = false;
        compose::Plan plan = plan_up(session_, options);
        plan.orphans.clear();
        (void)carry_out(session_, plan, {});
    }

    void execute(const Rule& rule)
    {
        if (rule.exec == nullptr)
            return;
        std::vector<Job> jobs;
        for (const compose::Existing& one : session_.containers_of({rule.service}, false)) {
            const std::vector<std::string> words = compose::hook_words(*rule.exec, one.id);
            Job job;
            job.subject = cat("Container ", one.name);
            job.work = [this, words](engine::Engine&) {
                if (const int code = run_words(session_.invocation(), words); code != 0)
                    throw Error{ErrorKind::Failure, cat("the command of develop.watch failed with exit code ", code)};
            };
            jobs.push_back(std::move(job));
        }
        run_jobs(std::move(jobs));
    }

    ComposeSession& session_;
    const WatchOptions& options_;
    std::vector<std::unique_ptr<Rule>> rules_;
};

} // namespace

int watch_files(ComposeSession& session, const WatchOptions& options) { return Watcher{session, options}.watch(); }

} // namespace skiff::cli
