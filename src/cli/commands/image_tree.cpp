// image tree: Podman's drawing.

#include "base/error.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "engine/image_tree.hpp"
#include "text/size.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

struct ImageTreeArgs
{
    std::vector<std::string> images; ///< one
    bool what_requires = false;
};

/// A line, and the branches that leave it.
struct Branch
{
    std::string line;
    std::vector<Branch> branches;
};

std::string in_brackets(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + printable(word);
    return cat("[", text, "]");
}

std::string line_of(const engine::LayerNode& layer)
{
    constexpr std::size_t size_width = 7;
    std::string size = text::format_bytes_decimal(layer.size);
    size.insert(0, size_width - std::min(size_width, size.size()), ' ');
    return cat("ID: ", layer.id.substr(0, 12), " Size: ", size,
               layer.tags.empty() ? "" : cat(" Top Layer of: ", in_brackets(layer.tags)));
}

/// A layer with a single one on it goes on in the same branch.
void add(std::vector<Branch>& branches, const engine::LayerNode& layer, bool alone) // NOLINT(misc-no-recursion)
{
    branches.push_back({line_of(layer), {}});
    const std::size_t place = branches.size() - 1;
    for (const engine::LayerNode& above : layer.above)
        add(alone ? branches : branches[place].branches, above, layer.above.size() == 1);
}

void draw(const std::vector<Branch>& branches, const std::string& margin, std::string& out) // NOLINT(misc-no-recursion)
{
    for (const Branch& branch : branches) {
        const bool last = &branch == &branches.back();
        out += cat(margin, last ? "└── " : "├── ", branch.line, "\n");
        draw(branch.branches, margin + (last ? "    " : "│   "), out);
    }
}

int show_tree(const Invocation& invocation, ImageTreeArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const engine::ImageTree tree = engine::make_image_tree(engine, args.images.front(), args.what_requires);
    std::string out = cat("Image ID: ", tree.id.substr(0, 12), "\nTags:     ", in_brackets(tree.tags), "\nSize:     ",
                          text::format_bytes_decimal(tree.size), "\n", tree.layers.empty() ? "No Image Layers\n" : "Image Layers\n");
    std::vector<Branch> branches;
    for (const engine::LayerNode& layer : tree.layers)
        add(branches, layer, true);
    draw(branches, "", out);
    print(out);
    return 0;
}

constexpr Option tree_options[] = {
    option<&ImageTreeArgs::what_requires>("whatrequires", 0, "", "Instead, all that stands on the image"),
};

constexpr Command commands[] = {
    {
        .paths = {"image tree"},
        .summary = "Show the layers of an image as a tree",
        .description = "Shows the layers of an image, the lowest first, and which images end with each of them.",
        .examples = "image tree debian\nimage tree --whatrequires debian",
        .operands = operands<&ImageTreeArgs::images>("IMAGE", 1, 1, Completes::Images),
        .options = tree_options,
        .needs = Needs::Store,
        .body = body<ImageTreeArgs, show_tree>,
    },
};

} // namespace

const std::span<const Command> image_tree_commands{commands};

} // namespace skiff::cli
