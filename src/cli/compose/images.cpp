// The images of services: pulled or built before anything is planned, because a plan compares them.

#include "base/error.hpp"
#include "cli/compose/build_words.hpp"
#include "cli/compose/up.hpp"
#include "cli/run_words.hpp"
#include "frontends/compose/plan_image.hpp"

#include <set>
#include <unistd.h>

namespace skiff::cli {
namespace {

std::optional<std::uint64_t> age_of(ComposeSession& session, const std::string& image)
{
    const auto found = session.engine().store().images().find(image);
    if (!found)
        return std::nullopt;
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(wall_now() - found->image.added).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(age, 0));
}

Job make_pull(ComposeSession& session, const compose::Service& service)
{
    Job job;
    job.subject = cat("Image ", service.image);
    job.doing = "Pulling";
    job.done = "Pulled";
    job.work = [&session, &service](engine::Engine&) {
        std::vector<std::string> words{"pull", "--quiet"};
        if (const std::string platform = service.node.text_of("platform"); !platform.empty())
            words.push_back(cat("--platform=", platform));
        words.push_back(service.image);
        if (const int code = run_words(session.invocation(), words); code != 0) // it has said why
            ::_exit(code);
    };
    return job;
}

Job make_build(ComposeSession& session, const compose::Service& service)
{
    Job job;
    job.subject = cat("Image ", service.image);
    job.doing = "Building";
    job.done = "Built";
    job.speaker = service.name;
    job.work = [&session, &service](engine::Engine&) { run_build(session.invocation(), session.project(), service, {}); };
    return job;
}

} // namespace

bool obtain_images(ComposeSession& session, const std::vector<std::string>& services, bool with_dependencies, const ImageWishes& wishes)
{
    std::vector<Job> jobs;
    std::set<std::string> seen;
    for (const compose::Service* service : session.project().in_order(services, with_dependencies)) {
        compose::ImageQuestion question;
        const auto age = age_of(session, service->image);
        question.exists = age.has_value();
        question.age_s = age;
        question.build = wishes.build;
        question.pull_policy = wishes.pull;
        const compose::ImageStep step = compose::plan_image(*service, question);
        if (step.kind == compose::ImageStep::Kind::Nothing || !seen.insert(service->image).second)
            continue;
        jobs.push_back(step.kind == compose::ImageStep::Kind::Pull ? make_pull(session, *service) : make_build(session, *service));
        jobs.back().is_shown = !(step.kind == compose::ImageStep::Kind::Pull ? wishes.quiet : wishes.quiet_build);
    }
    return jobs.empty() || session.run(std::move(jobs));
}

} // namespace skiff::cli
