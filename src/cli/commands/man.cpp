// Used when skiff is built: writes the manual.

#include "cli/man.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"
#include "cli/commands/tables.hpp"

namespace skiff::cli {
namespace {

struct ManArgs
{
    std::vector<std::string> directories; ///< of the prose, and for the pages
};

int write_pages(const Invocation&, ManArgs& args)
{
    const UniqueFd prose = open_at(AT_FDCWD, args.directories[0], O_RDONLY | O_DIRECTORY);
    const UniqueFd pages = open_at(AT_FDCWD, args.directories[1], O_RDONLY | O_DIRECTORY);
    const auto write = [&](const std::string& name, const std::string& page) {
        save_atomically(pages.get(), cat(name, ".1"), page, Durability::None, 0644);
    };
    write("skiff", make_main_man_page(read_file(prose.get(), "skiff.md")));
    const auto write_all = [&](const auto& documented) {
        for (const auto* one : documented) {
            const std::string name = man_page_name(*one);
            write(name, make_man_page(*one, find_file(prose.get(), cat(name, ".md")).value_or("")));
        }
    };
    write_all(list_documented_commands());
    write_all(list_documented_groups());
    return 0;
}

constexpr Command commands[] = {
    {
        .paths = {"__man"},
        .summary = "Write the manual pages",
        .operands = operands<&ManArgs::directories>("PROSE_DIR PAGE_DIR", 2, 2, Completes::Directories),
        .body = body<ManArgs, write_pages>,
        .hidden = true,
    },
};

} // namespace

const std::span<const Command> man_commands{commands};

} // namespace skiff::cli
