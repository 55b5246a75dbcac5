#pragma once

#include "frontends/compose/project.hpp"
#include "frontends/compose/state.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skiff::compose {

/// What is there, as far as it matters to a plan.
struct Facts
{
    std::vector<Existing> containers;                        ///< of the project
    std::map<std::string, ExistingResource> networks;        ///< by real name
    std::map<std::string, ExistingResource> volumes;         ///< by real name
    std::map<std::string, std::optional<std::string>> images; ///< by name as services write it: the id
    std::set<std::string> secrets;                            ///< names of the store's
};

struct PlanOptions
{
    std::vector<std::string> services; ///< empty: all
    bool with_dependencies = true;
    bool force_recreate = false, no_recreate = false, always_recreate_dependencies = false;
    bool renew_anonymous_volumes = false;
    bool remove_orphans = false;
    bool start = true; ///< false: create only
    bool all_resources = false; ///< networks and volumes that no service uses, too
    std::map<std::string, unsigned> scale;
};

/// One step, and which steps must be done before.
struct Action
{
    enum class Kind
    {
        CreateNetwork,
        RecreateNetwork,
        CreateVolume,
        Create,
        Recreate, ///< the old one makes room for a new one
        Start,
        Restart, ///< because what it depends on was made anew
        Remove,
        Keep, ///< nothing to do: told by `compose plan` only
    };
    /// A condition of another service that must hold first.
    struct Wait
    {
        std::string service;
        Condition condition;
        bool required = true;
    };

    Kind kind = Kind::Keep;
    std::string name;    ///< of the container, network or volume
    std::string service; ///< of a container; the key of a resource
    unsigned number = 0;
    std::string id; ///< of the container that there is
    std::string reason;
    std::map<std::string, std::string> kept_volumes; ///< Recreate
    bool drops_volumes = false;                      ///< Recreate: those without a name go with the old container
    std::vector<std::string> displaced;              ///< RecreateNetwork: ids of containers that must leave it first
    std::vector<std::size_t> after; ///< places in the plan, all smaller than its own
    std::vector<Wait> waits;
};

struct Plan
{
    std::vector<Action> actions;
    std::vector<std::string> orphans;  ///< names of containers whose service is gone, where they stay
    std::vector<std::string> warnings; ///< a volume whose configuration changed ...
    [[nodiscard]] bool is_empty() const; ///< nothing would change
};

/// What `up` would do, step by step, with reasons. Pure. Throws for external networks, volumes and secrets that are missing.
Plan make_plan(const Project& project, const Facts& facts, const PlanOptions& options);

} // namespace skiff::compose
