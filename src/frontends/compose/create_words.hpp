#pragma once

#include "frontends/compose/instance.hpp"
#include "frontends/compose/project.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// A service in the words of `skiff create` (without the program's name): each key has one meaning, that of the option. What has no
/// option is refused by name. Pure.
std::vector<std::string> make_create_words(const Project& project, const Service& service, const Instance& instance,
                                           const OneOff* one_off = nullptr);

} // namespace skiff::compose
