#include "frontends/compose/plan_lines.hpp"

#include <set>

namespace skiff::compose {
namespace {

std::string_view symbol_of(Action::Kind kind)
{
    switch (kind) {
    case Action::Kind::CreateNetwork:
    case Action::Kind::CreateVolume:
    case Action::Kind::Create:
        return "+";
    case Action::Kind::RecreateNetwork:
    case Action::Kind::Recreate:
        return "~";
    case Action::Kind::Start:
    case Action::Kind::Restart:
        return ">";
    case Action::Kind::Remove:
        return "-";
    case Action::Kind::Keep:
        return "=";
    }
    return " ";
}

std::string words_of(const Action& action)
{
    switch (action.kind) {
    case Action::Kind::CreateNetwork:
        return cat("network ", action.name, " is created: ", action.reason);
    case Action::Kind::RecreateNetwork:
        return cat("network ", action.name, " is recreated: ", action.reason);
    case Action::Kind::CreateVolume:
        return cat("volume ", action.name, " is created: ", action.reason);
    case Action::Kind::Create:
        return cat("container ", action.name, " is created: ", action.reason);
    case Action::Kind::Recreate:
        return cat("container ", action.name, " is recreated: ", action.reason);
    case Action::Kind::Start:
        return cat("container ", action.name, " is started: ", action.reason);
    case Action::Kind::Restart:
        return cat("container ", action.name, " is restarted: ", action.reason);
    case Action::Kind::Remove:
        return cat("container ", action.name, " is removed: ", action.reason);
    case Action::Kind::Keep:
        return cat("container ", action.name, " stays: ", action.reason);
    }
    return {};
}

} // namespace

std::string describe(const Plan& plan, bool with_kept)
{
    std::string out;
    std::set<std::string> made;
    for (const Action& action : plan.actions) {
        if (action.kind == Action::Kind::Create || action.kind == Action::Kind::Recreate)
            made.insert(action.name);
        const bool follows = action.kind == Action::Kind::Start && made.contains(action.name);
        if (!follows && (with_kept || action.kind != Action::Kind::Keep)) {
            out += cat(symbol_of(action.kind), " ", words_of(action));
            for (const Action& later : plan.actions)
                if (later.kind == Action::Kind::Start && later.name == action.name)
                    for (const Action::Wait& wait : later.waits)
                        out += cat("; starts when ", wait.service, wait.condition == Condition::Healthy ? " is healthy" : " has completed");
            out += "\n";
        }
    }
    for (const std::string& orphan : plan.orphans)
        out += cat("! container ", orphan, " stays: its service is gone; --remove-orphans removes it\n");
    return out;
}

} // namespace skiff::compose
