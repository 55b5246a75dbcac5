#pragma once

#include "frontends/compose/project.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::compose {

/// One container that is to be made of a service.
struct Instance
{
    unsigned number = 1;
    std::string name;               ///< of the container
    std::string image_id;           ///< hex; empty: not known yet
    std::string replaces;           ///< id of the container whose place it is to take; empty: of none
    std::map<std::string, std::string> kept_volumes; ///< target -> name of an anonymous volume of the container it replaces
};

/// What `run` changes of a service.
struct OneOff
{
    std::string slug;                ///< random hex of the name
    std::optional<std::vector<std::string>> command;
    std::optional<std::string> entrypoint, user, working_dir;
    std::vector<std::string> environment, labels, volumes, publish, cap_add, cap_drop;
    bool service_ports = false, use_aliases = false, auto_remove = false;
    bool tty = false, interactive = false;
};

/// What words of `create` are made for.
struct Subject
{
    const Project& project;
    const Service& service;
    const Instance& instance;
    const OneOff* one_off = nullptr; ///< null: not of `run`
};

} // namespace skiff::compose
