#include "cli/selection.hpp"

#include "base/error.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "engine/container_filter.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

/// 0 < 1 < 2 < 125 ...: whichever is larger says more.
void remember(int& worst, int code) { worst = std::max(worst, code); }

} // namespace

std::vector<Selected> select_containers(engine::Engine& engine, const ContainerSelection& selection, Missing missing, int& worst,
                                        Error (*not_found)(const std::string& name))
{
    std::vector<Selected> selected;
    if (selection.latest) {
        const std::string id = resolve_container(engine, "", true);
        return {{id, id}};
    }
    for (const std::string& name : selection.containers) {
        try {
            selected.push_back({engine.store().containers().resolve(name), name});
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::NotFound && missing == Missing::IsIgnored)
                continue;
            print_error(error.kind() == ErrorKind::NotFound && not_found != nullptr ? not_found(name) : error);
            remember(worst, exit_code(error.kind()));
        }
    }
    if (!selection.all && selection.filters.empty())
        return selected;
    const auto fits = engine::make_container_filter(engine, selection.filters);
    if (!selection.containers.empty()) {
        std::erase_if(selected, [&](const Selected& s) { return !fits(engine.store().containers().load(s.id)); });
        return selected;
    }
    for (const store::ContainerRecord& record : engine.store().containers().list())
        if (fits(record))
            selected.push_back({record.config.id, record.config.id});
    return selected;
}

int removal_exit_code(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::NotFound:
        return 1;
    case ErrorKind::State:
    case ErrorKind::InUse:
        return 2;
    default:
        return exit_code(kind);
    }
}

int for_each_container(const std::vector<Selected>& containers, int worst, const std::function<void(Selected&)>& verb,
                       ExitCodes codes)
{
    for (Selected container : containers) {
        try {
            verb(container);
            print(container.shown + "\n");
        } catch (const Error& error) {
            print_error(error);
            remember(worst, codes != nullptr ? codes(error.kind()) : exit_code(error.kind()));
        }
    }
    return worst;
}

} // namespace skiff::cli
