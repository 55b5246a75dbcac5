#include "frontends/compose/plan_image.hpp"

#include "text/duration.hpp"

#include <chrono>

namespace skiff::compose {
namespace {

/// "every_12h", "daily", "weekly"
std::optional<std::chrono::nanoseconds> find_interval(const std::string& policy)
{
    using namespace std::chrono_literals;
    if (policy == "daily")
        return 24h;
    if (policy == "weekly")
        return 7 * 24h;
    constexpr std::string_view prefix = "every_";
    if (!policy.starts_with(prefix))
        return std::nullopt;
    std::string text = policy.substr(prefix.size());
    // Compose has days and weeks, too.
    for (const auto& [unit, hours] : {std::pair{'d', 24}, std::pair{'w', 7 * 24}})
        if (text.ends_with(unit) && text.find_first_not_of("0123456789") == text.size() - 1 && text.size() < 6)
            text = cat(std::stoi(text) * hours, "h");
    return text::parse_duration(text);
}

} // namespace

ImageStep plan_image(const Service& service, const ImageQuestion& question)
{
    using Kind = ImageStep::Kind;
    std::string policy = question.pull_policy.empty() ? service.pull_policy : question.pull_policy;
    if (policy == "if_not_present")
        policy = "missing";
    if (service.has_build) {
        if (question.build == true)
            return {Kind::Build, "--build"};
        const bool wants_build = policy == "build" && question.build != false;
        if (wants_build)
            return {Kind::Build, "pull_policy: build"};
        if (question.exists)
            return {};
        if (question.build == false)
            throw Error{ErrorKind::NotFound, cat("service ", service.name, ": there is no image ", service.image, ", and --no-build was given")};
        return {Kind::Build, "there is no image"};
    }
    if (policy == "always")
        return {Kind::Pull, "pull_policy: always"};
    if (policy == "never" || policy == "build") {
        if (!question.exists)
            throw Error{ErrorKind::NotFound, cat("service ", service.name, ": there is no image ", service.image, ", and pull_policy says ", policy)};
        return {};
    }
    if (!question.exists)
        return {Kind::Pull, "there is no image"};
    if (policy.empty() || policy == "missing")
        return {};
    const auto interval = find_interval(policy);
    if (!interval)
        throw Error{ErrorKind::Failure, cat("service ", service.name, ": unknown pull policy ", quoted(policy))}.with_hint(
            "there are always, missing, never, build, daily, weekly and every_12h");
    const std::chrono::seconds age{question.age_s.value_or(0)};
    return age >= *interval ? ImageStep{Kind::Pull, cat("pull_policy: ", policy)} : ImageStep{};
}

} // namespace skiff::compose
