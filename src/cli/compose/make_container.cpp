#include "cli/compose/make_container.hpp"

#include "base/file.hpp"
#include "cli/run_words.hpp"
#include "engine/create.hpp"
#include "frontends/compose/granted_files.hpp"
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

} // namespace

std::string make_container(const Invocation& invocation, engine::Engine& engine, const compose::Project& project, const compose::Service& service,
                           compose::Instance instance, const compose::OneOff* one_off)
{
    return while_doing(cat("service ", service.name), [&] {
        make_bind_sources(service);
        instance.image_id = compose::find_image_id(engine, service.image).value_or("");
        CreateRequest request = read_create_words(invocation, engine, compose::make_create_words(project, service, instance, one_off));
        request.files = compose::make_given_files(project, service);
        engine::Silence silence;
        return engine::create_container(engine, request, silence);
    });
}

} // namespace skiff::cli
