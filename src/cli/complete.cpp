#include "cli/complete.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/engine_access.hpp"
#include "cli/parser.hpp"
#include "kernel/capabilities.hpp"
#include "store/store.hpp"

#include <cstring>

namespace skiff::cli {
namespace {

/// What may stand behind a group's word, in front of the command; null: nothing.
const OptionGroup* find_group_options(const std::string& path)
{
    const CommandGroup* group = path.empty() ? nullptr : find_command_group(path);
    return group == nullptr ? nullptr : group->options;
}

/// Where the cursor is, found by a walk that forgives everything.
class Position
{
  public:
    explicit Position(std::span<const std::string> words)
    {
        for (const std::string& word : words)
            step(word);
    }

    [[nodiscard]] const Command* command() const { return command_; }
    [[nodiscard]] const std::string& group() const { return group_; }
    [[nodiscard]] bool options_ended() const { return options_ended_; }
    [[nodiscard]] std::size_t operands() const { return operands_; }
    /// The option whose value is being typed.
    [[nodiscard]] const Option* awaiting() const { return awaiting_; }

    [[nodiscard]] const Option* find_long(std::string_view name) const
    {
        return find([&](const Option& option) {
            return option.name == name || option.older[0] == name || option.older[1] == name;
        });
    }

  private:
    template <typename Matches>
    const Option* find(Matches&& matches) const
    {
        if (command_ != nullptr)
            for (const PlacedOption& placed : list_options(*command_))
                if (matches(*placed.option))
                    return placed.option;
        if (const OptionGroup* options = command_ == nullptr ? find_group_options(group_) : nullptr; options != nullptr)
            for (const Option& option : options->options)
                if (matches(option))
                    return &option;
        for (const Option& option : global_options.options)
            if (matches(option))
                return &option;
        return nullptr;
    }

    void step(const std::string& word)
    {
        if (awaiting_ != nullptr) {
            awaiting_ = nullptr;
        } else if (options_ended_ || word == "-" || !word.starts_with('-')) {
            step_plain(word);
        } else if (word == "--") {
            options_ended_ = true;
        } else if (word.starts_with("--")) {
            const Option* option = word.find('=') == std::string::npos ? find_long(word.substr(2)) : nullptr;
            awaiting_ = option != nullptr && option->implied.empty() ? option : nullptr;
        } else {
            step_letters(std::string_view{word}.substr(1));
        }
    }

    void step_letters(std::string_view letters)
    {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const Option* option = find([&](const Option& one) { return one.letter == letters[i]; });
            if (option == nullptr || option->implied.empty()) {
                awaiting_ = option != nullptr && i + 1 == letters.size() ? option : nullptr;
                return;
            }
        }
    }

    void step_plain(const std::string& word)
    {
        if (command_ != nullptr) {
            ++operands_;
            options_ended_ = options_ended_ || command_->operands.end_options;
            return;
        }
        if (word == "help" && group_.empty())
            return; // the words behind it are commands, as they were without it
        const std::string path = group_.empty() ? word : cat(group_, " ", word);
        command_ = find_command(path);
        if (command_ == nullptr)
            group_ = path;
    }

    const Command* command_ = nullptr;
    const Option* awaiting_ = nullptr;
    std::string group_;
    bool options_ended_ = false;
    std::size_t operands_ = 0;
};

void add(Completion& completion, std::string_view typed, std::string word, std::string_view help)
{
    if (std::string_view{word}.starts_with(typed))
        completion.candidates.push_back({std::move(word), std::string{help}});
}

void add_choices(Completion& completion, std::string_view typed, std::string_view choices)
{
    while (!choices.empty()) {
        const std::size_t end = choices.find(", ");
        add(completion, typed, std::string{choices.substr(0, end)}, {});
        choices.remove_prefix(end == std::string_view::npos ? choices.size() : end + 2);
    }
}

void add_signals(Completion& completion, std::string_view typed)
{
    for (int number = 1; number < 32; ++number)
        if (const char* name = ::sigabbrev_np(number); name != nullptr)
            add(completion, typed, name, {});
}

void add_commands(Completion& completion, std::string_view typed, const std::string& group)
{
    for (const Member& member : list_members(group))
        add(completion, typed, std::string{member.word}, member.summary);
    if (group.empty())
        add(completion, typed, "help", "Help about a command");
}

/// Values of an option, or an operand.
void add_values(Completion& completion, std::string_view typed, Completes what, std::string_view choices,
                const ListNames& list_names, const GlobalOptions& global)
{
    switch (what) {
    case Completes::Nothing:
    case Completes::Users: // those of the image: nobody knows them here
        return;
    case Completes::Capabilities:
        for (unsigned number = 0; kernel::find_capability_name(number); ++number)
            add(completion, typed, std::string{*kernel::find_capability_name(number)}, {});
        return;
    case Completes::Files:
        completion.files = Completion::Files::Any;
        return;
    case Completes::Directories:
        completion.files = Completion::Files::Directories;
        return;
    case Completes::Choices:
        add_choices(completion, typed, choices);
        return;
    case Completes::Signals:
        add_signals(completion, typed);
        return;
    case Completes::Commands:
        add_commands(completion, typed, {});
        return;
    case Completes::ContainerPaths:
        completion.files = Completion::Files::Any;
        completion.no_space = true;
        for (const Candidate& name : list_names(Completes::Containers, global))
            add(completion, typed, cat(name.word, ":"), name.help);
        return;
    case Completes::Volumes:
        completion.files = Completion::Files::Any; // a host directory may stand there as well
        break;
    default:
        break;
    }
    for (Candidate& name : list_names(what, global))
        add(completion, typed, std::move(name.word), name.help);
}

void add_options(Completion& completion, std::string_view typed, const Command* command, const std::string& group)
{
    const auto offer = [&](const Option& option) {
        if (option.hidden || option.availability != Availability::Offered)
            return;
        add(completion, typed, cat("--", option.name), option.help);
        if (typed == "-" && option.letter != 0)
            add(completion, typed, cat("-", option.letter), option.help);
    };
    if (command != nullptr)
        for (const PlacedOption& placed : list_options(*command))
            offer(*placed.option);
    else if (const OptionGroup* options = find_group_options(group); options != nullptr)
        for (const Option& option : options->options)
            offer(option);
    else
        for (const Option& option : global_options.options)
            offer(option);
    add(completion, typed, "--help", "Show help");
}

GlobalOptions find_globals(std::span<const std::string> words)
{
    std::vector<std::string> line{"skiff"};
    line.insert(line.end(), words.begin(), words.end());
    line.emplace_back("--help"); // operands may be missing still
    try {
        return parse_command_line(line, "skiff").invocation.global;
    } catch (const Error&) {
        return {}; // half a line may be wrong in any way
    }
}

} // namespace

Completion complete(std::span<const std::string> words, const ListNames& list_names)
{
    Completion completion;
    if (words.empty())
        return completion;
    const std::string& typed = words.back();
    const auto before = words.first(words.size() - 1);
    const Position position{before};
    const GlobalOptions global = find_globals(before);
    const auto values_of = [&](const Option& option, std::string_view text) {
        add_values(completion, text, option.completer, option.choices, list_names, global);
    };

    if (position.awaiting() != nullptr) {
        values_of(*position.awaiting(), typed);
    } else if (!position.options_ended() && typed.starts_with("--") && typed.find('=') != std::string::npos) {
        const Cut cut = cut_at(std::string_view{typed}.substr(2), '=');
        if (const Option* option = position.find_long(cut.head); option != nullptr)
            values_of(*option, *cut.tail);
    } else if (!position.options_ended() && typed.starts_with('-')) {
        add_options(completion, typed, position.command(), position.group());
    } else if (position.command() == nullptr) {
        add_commands(completion, typed, position.group());
    } else {
        const Operands& operands = position.command()->operands;
        if (position.operands() < operands.most)
            add_values(completion, typed, operands.completers[position.operands() == 0 ? 0 : 1], {}, list_names,
                       global);
        else if (operands.end_options)
            completion.files = Completion::Files::Any;
    }
    return completion;
}

namespace {

void add_containers(engine::Engine& engine, Completes wanted, std::vector<Candidate>& names)
{
    for (const store::ContainerRecord& record : engine.store().containers().list()) {
        if (wanted == Completes::RunningContainers && !record.is_running())
            continue;
        if (wanted == Completes::PausedContainers && record.status != ContainerStatus::Paused)
            continue;
        names.push_back({record.config.name, record.config.image_name});
    }
}

void add_images(engine::Engine& engine, std::vector<Candidate>& names)
{
    for (const store::Image& image : engine.store().images().list_all())
        for (const std::string& name : engine.store().images().names_of(image))
            names.push_back({name, image.id.substr(0, 12)});
}

} // namespace

/// Whoever presses the tab key wants names or silence: a store that cannot be read has none.
std::vector<Candidate> list_store_names(Completes wanted, const GlobalOptions& options)
{
    std::vector<Candidate> names;
    try {
        Invocation invocation;
        invocation.global = options;
        engine::Engine engine{engine_options(invocation)};
        switch (wanted) {
        case Completes::Containers:
        case Completes::RunningContainers:
        case Completes::PausedContainers:
        case Completes::ContainerPaths:
            add_containers(engine, wanted, names);
            break;
        case Completes::Images:
            add_images(engine, names);
            break;
        case Completes::ContainersAndImages:
            add_containers(engine, wanted, names);
            add_images(engine, names);
            break;
        case Completes::Volumes:
            for (const store::Volume& volume : engine.store().volumes().list())
                names.push_back({volume.name, volume.driver});
            break;
        case Completes::Networks:
            for (const Network& network : engine.store().networks().list())
                names.push_back({network.name, network.driver});
            break;
        case Completes::Secrets:
            for (const store::Secret& secret : engine.store().secrets().list()) {
                names.push_back({secret.name, secret.driver});
                names.push_back({secret.id, secret.name});
            }
            break;
        default:
            break;
        }
    } catch (const Error& error) {
        log::debug(cat("completing names: ", error.message(), "; ignored"));
    }
    return names;
}

} // namespace skiff::cli
