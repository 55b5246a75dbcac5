#include "cli/values_namespace.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/go_quote.hpp"

#include <limits>

namespace skiff::cli {
namespace {

std::uint32_t read_id(std::string_view text)
{
    std::uint32_t id = 0;
    read_into(id, text);
    return id;
}

NamespaceChoice named(NamespaceMode mode, std::string_view target)
{
    if (target.empty())
        throw usage_error(
            cat("namespace mode ", mode == NamespaceMode::Path ? "path" : "container", " requires a value"));
    return {mode, std::string{target}};
}

/// Of auto: what flags mean there is not built.
IdRange read_plain_id_map(const std::string& text)
{
    const IdMapRequest map = read_id_map(text);
    if (map.from_host || map.extend)
        throw usage_error(cat("mappings of --userns=auto with '@' or '+' are not supported: ", text::go_quoted(text)));
    return map.range;
}

/// NAME=VALUE of keep-id and auto; nothing else has options.
void apply_userns_option(UsernsChoice& choice, const std::string& option)
{
    const bool automatic = choice.mode == UsernsChoice::Mode::Auto;
    const Cut cut = cut_at(option, '=');
    if (!cut.tail)
        throw usage_error(cat("invalid option specified: ", text::go_quoted(option)));
    if (cut.head == "size")
        choice.size = read_id(*cut.tail);
    else if (cut.head == "uid" && !automatic)
        choice.uid = read_id(*cut.tail);
    else if (cut.head == "gid" && !automatic)
        choice.gid = read_id(*cut.tail);
    else if (cut.head == "uidmapping" && automatic)
        choice.uid_maps.push_back(read_plain_id_map(*cut.tail));
    else if (cut.head == "gidmapping" && automatic)
        choice.gid_maps.push_back(read_plain_id_map(*cut.tail));
    else
        throw usage_error(cat("unknown option specified: ", text::go_quoted(cut.head)));
}

} // namespace

NamespaceChoice read_namespace(std::string_view text)
{
    if (text == "private" || text.empty())
        return {NamespaceMode::Private, {}};
    if (text == "host")
        return {NamespaceMode::Host, {}};
    if (text.starts_with("ns:"))
        return named(NamespaceMode::Path, text.substr(3));
    if (text.starts_with("container:"))
        return named(NamespaceMode::Container, text.substr(10));
    if (text == "pod")
        throw usage_error("namespace mode pod is not supported: pods are not built yet");
    throw usage_error(cat("unrecognized namespace mode ", printable(text), " passed"));
}

NamespaceChoice read_ipc_namespace(std::string_view text)
{
    if (text == "shareable" || text.empty())
        return {NamespaceMode::Shareable, {}};
    if (text == "none")
        return {NamespaceMode::None, {}};
    return read_namespace(text);
}

UsernsChoice read_userns(std::string_view text)
{
    const Cut cut = cut_at(text, ':');
    UsernsChoice choice;
    if (cut.head == "keep-id" || cut.head == "auto") {
        choice.mode = cut.head == "auto" ? UsernsChoice::Mode::Auto : UsernsChoice::Mode::KeepId;
        if (cut.tail)
            for (const std::string& option : split_at(*cut.tail, ','))
                apply_userns_option(choice, option);
        return choice;
    }
    if (text == "nomap") {
        choice.mode = UsernsChoice::Mode::NoMap;
        return choice;
    }
    if (text.empty())
        return choice;
    const NamespaceChoice plain = read_namespace(text);
    choice.target = plain.target;
    switch (plain.mode) {
    case NamespaceMode::Private:
        choice.mode = UsernsChoice::Mode::Private;
        break;
    case NamespaceMode::Container:
        choice.mode = UsernsChoice::Mode::Container;
        break;
    case NamespaceMode::Path:
        choice.mode = UsernsChoice::Mode::Path;
        break;
    default:
        break; // host
    }
    return choice;
}

IdMapRequest read_id_map(std::string_view text)
{
    const auto refuse = [&] {
        return usage_error(
            cat("invalid id mapping ", text::go_quoted(text), ": it is written CONTAINER:FROM[:AMOUNT]"));
    };
    IdMapRequest map;
    std::string_view rest = text;
    bool uid_flag = false;
    bool gid_flag = false;
    for (; !rest.empty() && (rest[0] == '+' || rest[0] == 'u' || rest[0] == 'g'); rest.remove_prefix(1)) {
        map.extend = map.extend || rest[0] == '+';
        uid_flag = uid_flag || rest[0] == 'u';
        gid_flag = gid_flag || rest[0] == 'g';
    }
    if (uid_flag || gid_flag) {
        map.for_uids = uid_flag;
        map.for_gids = gid_flag;
    }
    const std::vector<std::string> parts = split_at(rest, ':');
    if (parts.size() < 2 || parts.size() > 3)
        throw refuse();
    std::string_view from = parts[1];
    map.from_host = from.starts_with('@');
    if (map.from_host)
        from.remove_prefix(1);
    try {
        map.range.inside = read_id(parts[0]);
        map.range.outside = read_id(from);
        map.range.size = parts.size() == 3 ? read_id(parts[2]) : 1;
    } catch (const Error&) {
        throw refuse(); // the whole mapping says more than one of its numbers
    }
    constexpr std::uint32_t largest = std::numeric_limits<std::uint32_t>::max();
    if (map.range.size == 0 || map.range.size > largest - std::max(map.range.inside, map.range.outside))
        throw refuse();
    return map;
}

} // namespace skiff::cli
