#include "cli/compose/make_container.hpp"

#include "base/file.hpp"
#include "cli/run_words.hpp"
#include "engine/create.hpp"
#include "frontends/compose/granted_files.hpp"
#include "frontends/compose/mount_words.hpp"
#include "frontends/compose/state.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

void make_bind_sources(const compose::Service& service)
{
    for (const std::string& source : compose::missing_bind_sources(service))
        if (::access(source.c_str(), F_OK) != 0)
            make_directories(source, 0755);
}

/// What was made for the container that this one replaces goes with this one from now on.
void take_over_volumes(CreateRequest& request, const compose::Instance& instance)
{
    for (const auto& [target, volume] : instance.kept_volumes)
        for (MountRequest& mount : request.mounts)
            if (mount.config.type == MountType::Volume && mount.config.source == volume)
                mount.config.anonymous = true;
}

} // namespace

std::string make_container(const Invocation& invocation, engine::Engine& engine, const compose::Project& project, const compose::Service& service,
                           compose::Instance instance, const compose::OneOff* one_off)
{
    return while_doing(cat("service ", service.name), [&] {
        make_bind_sources(service);
        instance.image_id = compose::find_image_id(engine, service.image).value_or("");
        CreateRequest request = read_create_words(invocation, engine, compose::make_create_words(project, service, instance, one_off));
        take_over_volumes(request, instance);
        request.files = compose::make_given_files(project, service);
        engine::Silence silence;
        return engine::create_container(engine, request, silence);
    });
}

} // namespace skiff::cli
