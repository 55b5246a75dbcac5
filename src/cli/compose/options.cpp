#include "cli/compose/options.hpp"

namespace skiff::cli {
namespace {

constexpr Option options[] = {
    option<&ComposeOptions::all_resources>("all-resources", 0, "", "Networks and volumes that no service uses, too"),
    option<&ComposeOptions::ansi>("ansi", 0, "WHEN", "When to use colours and cursor movements")
        .one_of("never, always, auto")
        .defaults("auto"),
    option<&ComposeOptions::compatibility>("compatibility", 0, "", "Put _ instead of - into the names of containers"),
    option<&ComposeOptions::dry_run>("dry-run", 0, "", "Say what would be done, without doing it"),
    option<&ComposeOptions::env_files>("env-file", 0, "FILE", "File of variables instead of .env")
        .many()
        .completes(Completes::Files),
    option<&ComposeOptions::files>("file", 'f', "FILE", "Compose file; several are merged, - is standard input")
        .many()
        .completes(Completes::Files),
    option<&ComposeOptions::parallel>("parallel", 0, "COUNT", "So many things at once, -1 for all").defaults("-1"),
    option<&ComposeOptions::profiles>("profile", 0, "NAME", "Services of this profile, too; * is all").many(),
    option<&ComposeOptions::progress>("progress", 0, "KIND", "How progress is shown")
        .one_of("auto, tty, plain, json, quiet")
        .defaults("auto"),
    option<&ComposeOptions::project_directory>("project-directory", 0, "DIR", "What relative paths stand for")
        .completes(Completes::Directories)
        .also("workdir"),
    option<&ComposeOptions::project_name>("project-name", 'p', "NAME", "Name of the project"),
};

} // namespace

const OptionGroup compose_options{"Project", options, true};

} // namespace skiff::cli
