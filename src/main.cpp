#include "archive/layer_worker.hpp"
#include "archive/unpack_worker.hpp"
#include "base/role.hpp"
#include "build/add_archive.hpp"
#include "cli/front.hpp"
#include "monitor/monitor_request.hpp"
#include "net/hub_role.hpp"
#include "net/net_role.hpp"

#include <exception>

// One program, many parts: a process that was started as a role (base/role.hpp) plays it to the end; everything else is
// somebody's command line.

namespace {

struct Role
{
    const char* name;
    int (*run)(const std::string& request);
};

/// Who can be started with spawn_role; each name belongs to the room whose header declares the function.
constexpr Role roles[] = {
    {"add", skiff::build::run_add_worker},
    {"layer", skiff::archive::run_layer_worker},
    {"monitor", skiff::monitor::monitor_main},
    {"net", skiff::net::run_net_role},
    {"network", skiff::net::run_hub_role},
    {"unpack", skiff::archive::run_unpack_worker},
};

int play(const skiff::RoleStart& start)
{
    for (const Role& role : roles)
        if (start.role == role.name)
            return role.run(start.json);
    throw skiff::Error{skiff::ErrorKind::Failure, skiff::cat("there is no role ", skiff::quoted(start.role))};
}

} // namespace

int main(int argc, char** argv)
{
    try {
        if (const auto start = skiff::find_role(argc, argv))
            return play(*start);
    } catch (const skiff::Error& error) {
        skiff::cli::print_error(error);
        return skiff::exit_code(error.kind());
    } catch (const std::exception& error) {
        skiff::cli::print_error(skiff::Error{skiff::ErrorKind::Failure, error.what()});
        return skiff::exit_code(skiff::ErrorKind::Failure);
    }
    return skiff::cli::run_command_line(argc, argv);
}
