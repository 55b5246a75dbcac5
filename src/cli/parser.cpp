#include "cli/parser.hpp"

#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/suggest.hpp"

namespace skiff::cli {
namespace {

bool is_called(const Option& option, std::string_view name)
{
    if (option.name == name)
        return true;
    for (const std::string_view older : option.older)
        if (!older.empty() && older == name)
            return true;
    return false;
}

bool is_choice(const Option& option, std::string_view value)
{
    std::string_view rest = option.choices;
    while (!rest.empty()) {
        const std::size_t end = rest.find(", ");
        if (rest.substr(0, end) == value)
            return true;
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    }
    return false;
}

std::string see_help(std::string_view path) { return cat("\nSee '", path, " --help'"); }

/// One value into its member. Errors get the words of the flag library around them.
void store_value(const Option& option, void* args, std::string_view value, std::string_view path)
{
    try {
        if (option.closed && !is_choice(option, value))
            throw Error{ErrorKind::Usage,
                        cat("\"", printable(value), "\" is not a valid value.  Choose from: \"", option.choices, "\"")};
        if (!option.commas) {
            option.store(args, value);
            return;
        }
        for (const std::string& piece : split_commas(value))
            option.store(args, piece);
    } catch (const Error& error) {
        if (option.own_errors)
            throw;
        const std::string spelled =
            option.letter != 0 ? cat("-", option.letter, ", --", option.name) : cat("--", option.name);
        Error wrapped{ErrorKind::Usage, cat("invalid argument \"", printable(value), "\" for \"", spelled,
                                            "\" flag: ", error.message(), see_help(path))};
        wrapped.add_hint(error.hint());
        throw wrapped;
    }
}

/// Reads words from left to right; knows the command once its words have been seen.
class LineParser
{
  public:
    LineParser(std::span<const std::string> words, std::string program) : words_{words.subspan(1)}
    {
        invocation().words.assign(words.begin(), words.end());
        invocation().program = program;
        invocation().path = std::move(program);
    }

    ParsedLine parse()
    {
        while (at_ < words_.size()) {
            const std::string& word = words_[at_++];
            if (only_operands_ || word == "-" || !word.starts_with('-'))
                take_plain(word);
            else if (word == "--")
                only_operands_ = true;
            else if (word.starts_with("--"))
                take_long(word.substr(2), word);
            else
                take_letters(std::string_view{word}.substr(1));
            if (line_.wants == ParsedLine::Wants::Help && help_command_)
                break;
        }
        finish();
        return std::move(line_);
    }

  private:
    Invocation& invocation() { return line_.invocation; }
    [[nodiscard]] const Command* command() const { return line_.invocation.command; }

    void take_plain(const std::string& word)
    {
        if (command() != nullptr) {
            invocation().operands.push_back(word);
            only_operands_ = only_operands_ || command()->operands.end_options;
            return;
        }
        if (word == "help" && group_.empty()) {
            take_help_words();
            return;
        }
        const std::string path = group_.empty() ? word : cat(group_, " ", word);
        if (const Command* found = find_command(path); found != nullptr) {
            invocation().command = found;
            place_group_options();
            only_operands_ = found->operands.all_words;
        } else if (find_command_group(path) != nullptr) {
            group_ = path;
        } else {
            refuse_unknown_command(word);
        }
        invocation().path += ' ';
        invocation().path += word;
        if (command() != nullptr && !command()->refused.empty())
            refuse_command();
    }

    /// Options that stood in front of the command go to its struct for them.
    void place_group_options()
    {
        for (Given& given : invocation().given)
            for (const UsedGroup& used : command()->groups)
                if (used.group->before_command && given.option >= used.group->options.data() &&
                    given.option < used.group->options.data() + used.group->options.size())
                    given.part = used.part;
    }

    /// Whatever stands behind a command that we do not have, the reason is the better answer; but help is help.
    void refuse_command()
    {
        for (; at_ < words_.size(); ++at_)
            if (words_[at_] == "--help" || words_[at_] == "-h")
                line_.wants = ParsedLine::Wants::Help;
        if (line_.wants != ParsedLine::Wants::Help)
            throw Error{ErrorKind::Usage, cat("`", invocation().path, "` is not supported: ", command()->refused)};
    }

    /// `help container ls` is `container ls --help`.
    void take_help_words()
    {
        line_.wants = ParsedLine::Wants::Help;
        help_command_ = true;
        while (at_ < words_.size()) {
            const std::string& word = words_[at_++];
            if (!word.starts_with('-') && command() == nullptr)
                take_plain(word);
        }
    }

    [[noreturn]] void refuse_unknown_command(const std::string& word)
    {
        // A wrong option behind it is what the flag library notices first.
        for (; at_ < words_.size() && words_[at_] != "--"; ++at_)
            if (words_[at_].starts_with("--") && words_[at_] != "--help") {
                const std::string name = cut_at(std::string_view{words_[at_]}.substr(2), '=').head;
                if (!find_long(name))
                    refuse_unknown_option(name);
            }
        const std::string& path = invocation().path;
        throw Error{ErrorKind::Usage, cat("unrecognized command `", path, " ", printable(word), "`\nTry '", path,
                                          " --help' for more information")}
            .with_hint(suggest_command(group_, word, path));
    }

    [[noreturn]] void refuse_unknown_option(const std::string& name)
    {
        throw Error{ErrorKind::Usage, cat("unknown flag: --", printable(name), see_help(invocation().path))}.with_hint(
            suggest_option(command(), name));
    }

    /// Where an option was found: its struct, or our global one.
    struct Found
    {
        const Option* option = nullptr;
        void* (*part)(void* args) = nullptr;
        bool global = false;
        explicit operator bool() const { return option != nullptr; }
    };

    template <typename Matches>
    Found find_own(Matches&& matches) const
    {
        if (command() == nullptr) {
            const CommandGroup* group = group_.empty() ? nullptr : find_command_group(group_);
            if (group != nullptr && group->options != nullptr)
                for (const Option& option : group->options->options)
                    if (matches(option))
                        return {&option, nullptr, false};
            return {};
        }
        for (const Option& option : command()->options)
            if (matches(option))
                return {&option, nullptr, false};
        for (const UsedGroup& used : command()->groups)
            if (!used.group->before_command)
                for (const Option& option : used.group->options)
                    if (matches(option))
                        return {&option, used.part, false};
        return {};
    }

    [[nodiscard]] Found find_long(std::string_view name) const
    {
        if (const Found own = find_own([&](const Option& option) { return is_called(option, name); }))
            return own;
        for (const Option& option : global_options.options)
            // Behind the command only those that do something: `version --remote` is an unknown flag in Podman, too.
            if (is_called(option, name) && (command() == nullptr || option.availability != Availability::Refused))
                return {&option, nullptr, true};
        return {};
    }

    [[nodiscard]] Found find_letter(char letter) const
    {
        if (const Found own = find_own([&](const Option& option) { return option.letter == letter; }); own || command() != nullptr)
            return own;
        for (const Option& option : global_options.options)
            if (option.letter == letter)
                return {&option, nullptr, true};
        return {};
    }

    void take_long(const std::string& text, const std::string& word)
    {
        const Cut cut = cut_at(text, '=');
        if (cut.head.empty())
            throw Error{ErrorKind::Usage, cat("bad flag syntax: ", printable(word), see_help(invocation().path))};
        const Found found = find_long(cut.head);
        if (!found && cut.head == "help") {
            line_.wants = ParsedLine::Wants::Help;
            return;
        }
        if (!found)
            refuse_unknown_option(cut.head);
        if (cut.tail)
            take_value(found, *cut.tail, false);
        else if (!found.option->implied.empty())
            take_value(found, std::string{found.option->implied}, false);
        else if (at_ < words_.size())
            take_value(found, words_[at_++], false);
        else
            throw Error{ErrorKind::Usage, cat("flag needs an argument: --", cut.head, see_help(invocation().path))};
    }

    void take_letters(std::string_view letters)
    {
        while (!letters.empty()) {
            const Found found = find_letter(letters[0]);
            if (!found && letters[0] == 'h') {
                line_.wants = ParsedLine::Wants::Help;
                return;
            }
            if (!found)
                throw Error{ErrorKind::Usage, cat("unknown shorthand flag: '", printable(letters.substr(0, 1)),
                                                  "' in -", printable(letters), see_help(invocation().path))};
            const std::string_view rest = letters.substr(1);
            if (rest.size() > 1 && rest[0] == '=') {
                take_value(found, std::string{rest.substr(1)}, true);
                return;
            }
            if (!found.option->implied.empty()) {
                take_value(found, std::string{found.option->implied}, true);
                letters = rest;
                continue;
            }
            if (!rest.empty())
                take_value(found, std::string{rest}, true);
            else if (at_ < words_.size())
                take_value(found, words_[at_++], true);
            else
                throw Error{ErrorKind::Usage, cat("flag needs an argument: '", letters.substr(0, 1), "' in -", letters,
                                                  see_help(invocation().path))};
            return;
        }
    }

    void take_value(const Found& found, std::string value, bool by_letter)
    {
        const Option& option = *found.option;
        const bool switched_off = !option.takes_value() && value == "false";
        if (option.availability == Availability::Refused && !switched_off)
            throw Error{ErrorKind::Usage, cat("--", option.name, " is not supported: ", option.reason)};
        if (option.availability != Availability::Offered)
            return;
        if (found.global)
            store_value(option, &invocation().global, value, invocation().path);
        else
            invocation().given.push_back({&option, found.part, std::move(value), by_letter});
    }

    void finish()
    {
        if (line_.wants == ParsedLine::Wants::Help)
            return;
        if (command() == nullptr && invocation().global.show_version) {
            line_.wants = ParsedLine::Wants::Version;
            return;
        }
        if (command() == nullptr) {
            line_.wants = ParsedLine::Wants::MissingCommand;
            return;
        }
        check_operands();
    }

    void check_operands()
    {
        const Operands& wanted = command()->operands;
        const std::size_t count = invocation().operands.size();
        const std::string& path = invocation().path;
        if (wanted.most == 0 && count > 0)
            throw Error{ErrorKind::Usage, cat("`", path, "` takes no arguments")};
        if (count >= wanted.least && count <= wanted.most)
            return;
        if (wanted.least == wanted.most)
            throw Error{ErrorKind::Usage, cat("accepts ", wanted.least, " arg(s), received ", count)};
        if (count < wanted.least && wanted.most == Operands::many)
            throw Error{ErrorKind::Usage, cat("requires at least ", wanted.least, " arg(s), only received ", count)};
        if (wanted.least == 0)
            throw Error{ErrorKind::Usage, cat("accepts at most ", wanted.most, " arg(s), received ", count)};
        throw Error{ErrorKind::Usage,
                    cat("accepts between ", wanted.least, " and ", wanted.most, " arg(s), received ", count)};
    }

    std::span<const std::string> words_;
    std::size_t at_ = 0;
    std::string group_; ///< "image", "system connection": groups seen so far
    bool only_operands_ = false;
    bool help_command_ = false;
    ParsedLine line_;
};

} // namespace

ParsedLine parse_command_line(std::span<const std::string> words, std::string program)
{
    return LineParser{words, std::move(program)}.parse();
}

std::vector<PlacedOption> list_options(const Command& command)
{
    std::vector<PlacedOption> all;
    for (const Option& option : command.options)
        all.push_back({&option, nullptr, nullptr});
    for (const UsedGroup& used : command.groups)
        if (!used.group->before_command)
            for (const Option& option : used.group->options)
                all.push_back({&option, used.part, used.group});
    return all;
}

bool Invocation::has(std::string_view option_name) const
{
    for (const Given& one : given)
        if (one.option->name == option_name)
            return true;
    return false;
}

void fill_args(const Invocation& invocation, void* args)
{
    for (const Given& one : invocation.given)
        store_value(*one.option, one.part == nullptr ? args : one.part(args), one.value, invocation.path);
    const Operands& operands = invocation.command->operands;
    if (operands.store != nullptr)
        operands.store(args, std::vector<std::string>{invocation.operands});
}

void throw_not_built(const Invocation& invocation)
{
    throw Error{ErrorKind::Failure, cat("`", invocation.path, "` is not built into this version yet")};
}

} // namespace skiff::cli
