#pragma once

#include "frontends/compose/project.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace skiff::compose {

/// What must be done about the image of a service before its containers are made.
struct ImageStep
{
    enum class Kind
    {
        Nothing,
        Pull,
        Build
    };
    Kind kind = Kind::Nothing;
    std::string reason;
};

struct ImageQuestion
{
    bool exists = false;
    std::optional<std::uint64_t> age_s; ///< of the image in the store
    std::optional<bool> build;          ///< what --build and --no-build say
    std::string pull_policy;            ///< --pull; empty: the service's
};

/// Throws where the image can neither be had nor made.
ImageStep plan_image(const Service& service, const ImageQuestion& question);

} // namespace skiff::compose
