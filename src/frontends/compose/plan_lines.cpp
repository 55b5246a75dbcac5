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

std::string_view noun_of(Action::Kind kind)
{
    if (kind == Action::Kind::CreateNetwork || kind == Action::Kind::RecreateNetwork)
        return "network";
    return kind == Action::Kind::CreateVolume ? "volume" : "container";
}

std::string_view verb_of(Action::Kind kind)
{
    switch (kind) {
    case Action::Kind::CreateNetwork:
    case Action::Kind::CreateVolume:
    case Action::Kind::Create:
        return "is created";
    case Action::Kind::RecreateNetwork:
    case Action::Kind::Recreate:
        return "is recreated";
    case Action::Kind::Start:
        return "is started";
    case Action::Kind::Restart:
        return "is restarted";
    case Action::Kind::Remove:
        return "is removed";
    case Action::Kind::Keep:
        return "stays";
    }
    return {};
}

std::string words_of(const Action& action)
{
    return cat(noun_of(action.kind), " ", action.name, " ", verb_of(action.kind), ": ", action.reason);
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
