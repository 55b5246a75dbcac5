#include "cli/groups/selection_options.hpp"

#include <cerrno>

namespace skiff::cli {
namespace {

constexpr Option all_options[] = {
    option<&ContainerSelection::all>("all", 'a', "", "All containers"),
};
constexpr Option latest_options[] = {
    option<&ContainerSelection::latest>("latest", 'l', "", "The container that was created last"),
};
constexpr Option filter_options[] = {
    option<&ContainerSelection::filters, read_filter>("filter", 'f', "KEY=VALUE",
                                                      "Containers that match: name, label, status, ancestor ..."),
};
constexpr Option id_file_options[] = {
    option<&ContainerSelection::id_files>("cidfile", 0, "FILE", "The container whose id is in this file")
        .completes(Completes::Files),
};

void check_together(const Invocation& invocation, const ContainerSelection& selection)
{
    const bool names = !selection.containers.empty();
    const bool files = !selection.id_files.empty();
    const bool is_start = invocation.command != nullptr && invocation.command->paths[0] == "start"; // there a filter sifts the names
    if (invocation.has("filter") && names && !is_start)
        throw usage_error("--filter takes no arguments");
    if (files && (selection.all || selection.latest))
        throw usage_error("--all, --latest, and --cidfile cannot be used together");
    if (selection.all && selection.latest)
        throw usage_error("--all and --latest cannot be used together");
    if (names && selection.all)
        throw usage_error("no arguments are needed with --all");
    if (names && selection.latest)
        throw usage_error("--latest and containers cannot be used together");
    if (names && files)
        throw usage_error("no arguments are needed with --latest or --cidfile");
}

} // namespace

const OptionGroup all_option{"", all_options};
const OptionGroup latest_option{"", latest_options};
const OptionGroup filter_option{"", filter_options};
const OptionGroup id_file_option{"", id_file_options};

std::string without_slash(std::string name)
{
    if (name.starts_with('/'))
        name.erase(0, 1);
    return name;
}

void finish_selection(const Invocation& invocation, ContainerSelection& selection, Selects selects, bool ignore_missing)
{
    check_together(invocation, selection);
    const bool chosen = !selection.containers.empty() || selection.all || selection.latest ||
                        !selection.id_files.empty() || !selection.filters.empty();
    if (!chosen && selects == Selects::AtLeastOne)
        throw usage_error("you must provide at least one name or id");
    for (std::string& name : selection.containers)
        name = without_slash(std::move(name));
    for (const std::string& file : selection.id_files) {
        try {
            selection.containers.push_back(read_id_file(file));
        } catch (const Error& error) {
            if (!ignore_missing || error.errno_value() != ENOENT)
                throw;
        }
    }
}

void check_one_or_latest(const Invocation& invocation, bool latest, std::vector<std::string>& containers)
{
    if (containers.size() > 1)
        throw usage_error(cat("`", invocation.path, "` accepts at most one argument"));
    if (containers.empty() && !latest)
        throw usage_error(cat("\"", invocation.path, "\" requires a name, id, or the \"--latest\" flag"));
    if (!containers.empty() && latest)
        throw usage_error("--latest and containers cannot be used together");
    for (std::string& name : containers)
        name = without_slash(std::move(name));
}

} // namespace skiff::cli
