#include "cli/roff.hpp"

#include "base/cat.hpp"
#include "cli/readers.hpp"

namespace skiff::cli {
namespace {

/// `code`, **bold** and *emphasis* inside a line.
std::string inline_roff(std::string_view line)
{
    struct Mark
    {
        std::string_view text;
        std::string_view font;
    };
    static constexpr Mark marks[] = {{"`", "\\fB"}, {"**", "\\fB"}, {"*", "\\fI"}};
    std::string out;
    while (!line.empty()) {
        const Mark* found = nullptr;
        for (const Mark& mark : marks)
            if (found == nullptr && line.starts_with(mark.text) &&
                line.find(mark.text, mark.text.size()) != std::string_view::npos)
                found = &mark;
        if (found == nullptr) {
            out += roff_escaped(line.substr(0, 1));
            line.remove_prefix(1);
            continue;
        }
        line.remove_prefix(found->text.size());
        const std::size_t end = line.find(found->text);
        out += cat(found->font, roff_escaped(line.substr(0, end)), "\\fR");
        line.remove_prefix(end + found->text.size());
    }
    return out;
}

/// Lines are read once, from top to bottom; what a line is depends on what stands before it.
class Converter
{
  public:
    void add(std::string_view line)
    {
        if (line.starts_with("```")) {
            fenced_ = !fenced_;
            set_block(fenced_ ? Block::Code : Block::None);
        } else if (fenced_) {
            out_ += cat(protected_start(line), roff_escaped(line), "\n");
        } else if (line.starts_with("    ") && block_ != Block::Text && block_ != Block::Item) {
            set_block(Block::Code);
            out_ += cat(protected_start(line.substr(4)), roff_escaped(line.substr(4)), "\n");
        } else if (line.empty()) {
            set_block(Block::None);
        } else if (line.starts_with("### ")) {
            set_block(Block::None);
            out_ += cat(".SS ", inline_roff(line.substr(4)), "\n");
        } else if (line.starts_with("## ")) {
            set_block(Block::None);
            out_ += cat(".SH ", inline_roff(line.substr(3)), "\n");
        } else if (line.starts_with("- ")) {
            set_block(Block::Item);
            out_ += cat(".IP \\(bu 2\n", protected_start(line.substr(2)), inline_roff(line.substr(2)), "\n");
        } else {
            if (block_ == Block::None)
                out_ += ".PP\n";
            if (block_ != Block::Item)
                set_block(Block::Text);
            const std::string_view text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
            out_ += cat(protected_start(text), inline_roff(text), "\n");
        }
    }

    std::string finish()
    {
        set_block(Block::None);
        return std::move(out_);
    }

  private:
    enum class Block
    {
        None,
        Text,
        Item,
        Code
    };

    void set_block(Block block)
    {
        if (block_ == Block::Code && block != Block::Code)
            out_ += ".EE\n.RE\n";
        if (block_ != Block::Code && block == Block::Code)
            out_ += ".PP\n.RS 4\n.EX\n";
        block_ = block;
    }

    /// A line that begins with a control character of troff would be a command.
    static std::string_view protected_start(std::string_view line)
    {
        return line.starts_with('.') || line.starts_with('\'') ? "\\&" : "";
    }

    std::string out_;
    Block block_ = Block::None;
    bool fenced_ = false;
};

} // namespace

std::string roff_escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-"; // a minus that can be copied, not a hyphen
        else if (c == '~')
            out += "\\(ti";
        else if (c == '^')
            out += "\\(ha";
        else
            out += c;
    }
    return out;
}

std::string roff_from_markdown(std::string_view markdown)
{
    Converter converter;
    for (const std::string& line : split_at(markdown, '\n'))
        converter.add(line);
    return converter.finish();
}

} // namespace skiff::cli
