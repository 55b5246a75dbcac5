// The grammar, from distribution/reference:
//
//   reference       := name [ ":" tag ] [ "@" digest ]
//   name            := [ registry "/" ] component ( "/" component )*
//   registry        := ( host-name | "[" IPv6 address "]" ) [ ":" port ]
//   host-name       := label ( "." label )*           label: letters and digits, "-" inside
//   component       := alnum ( separator alnum )*     alnum: [a-z0-9]+, separator: "." | "_" | "__" | "-"+
//   tag             := [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
//
// Digests are stricter than there (security.md R34).

#include "oci/reference.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace skiff::oci {
namespace {

constexpr std::string_view default_registry = "docker.io";
constexpr std::string_view official_prefix = "library/";
constexpr std::size_t max_name_bytes = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool has_upper(std::string_view text) { return std::any_of(text.begin(), text.end(), is_upper); }

template <typename Test>
bool for_each_part(std::string_view text, char separator, Test test)
{
    while (true) {
        const std::size_t end = text.find(separator);
        if (!test(text.substr(0, end)))
            return false;
        if (end == std::string_view::npos)
            return true;
        text.remove_prefix(end + 1);
    }
}

bool is_host_label(std::string_view label)
{
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_ipv6_literal(std::string_view host)
{
    if (host.size() < 4 || host.front() != '[' || host.back() != ']')
        return false;
    host = host.substr(1, host.size() - 2);
    return std::all_of(host.begin(), host.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
    });
}

bool is_registry(std::string_view text)
{
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = text.substr(0, colon);
    if (colon != std::string_view::npos) {
        const std::string_view port = text.substr(colon + 1);
        if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit))
            return false;
    }
    return is_ipv6_literal(host) || for_each_part(host, '.', is_host_label);
}

bool is_separator(std::string_view run)
{
    return run == "." || run == "_" || run == "__" || run.find_first_not_of('-') == std::string_view::npos;
}

bool is_component(std::string_view component)
{
    const auto is_word = [](char c) { return is_lower(c) || is_digit(c); };
    if (component.empty() || !is_word(component.front()) || !is_word(component.back()))
        return false;
    for (std::size_t at = 0; at < component.size();) {
        const std::size_t run = at;
        while (at < component.size() && !is_word(component[at]))
            ++at;
        if (at > run && !is_separator(component.substr(run, at - run)))
            return false;
        ++at;
    }
    return true;
}

[[noreturn]] void refuse(std::string_view why) { throw Error{ErrorKind::Failure, std::string{why}}; }

/// Where the registry ends in `name`, or npos for a short name. Docker's rule; it is why "user/app" is never a host.
std::size_t end_of_registry(std::string_view name)
{
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos)
        return slash;
    const std::string_view head = name.substr(0, slash);
    if (head.find_first_of(".:") == std::string_view::npos && head != "localhost")
        return std::string_view::npos;
    return slash;
}

} // namespace

bool is_valid_tag(std::string_view tag)
{
    return !tag.empty() && tag.size() <= 128 && tag.front() != '.' && tag.front() != '-' &&
           std::all_of(tag.begin(), tag.end(), [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

Reference Reference::parse(std::string_view text)
{
    constexpr std::string_view invalid = "invalid reference format";
    Reference reference;
    std::string_view name = text;
    if (const std::size_t at = name.find('@'); at != std::string_view::npos) {
        try {
            reference.digest = Digest::parse(name.substr(at + 1));
        } catch (const Error&) { // its own words would say the same at more length
            refuse(invalid);
        }
        name = name.substr(0, at);
    }
    // A colon in the last component starts the tag; one before a "/" belongs to a port.
    const std::size_t last_slash = name.rfind('/');
    const std::size_t colon = name.find(':', last_slash == std::string_view::npos ? 0 : last_slash);
    if (colon != std::string_view::npos) {
        if (!is_valid_tag(name.substr(colon + 1)))
            refuse(invalid);
        reference.tag = name.substr(colon + 1);
        name = name.substr(0, colon);
    }
    if (name.empty())
        refuse(invalid);
    if (const std::size_t slash = end_of_registry(name); slash != std::string_view::npos) {
        reference.registry = name.substr(0, slash);
        name = name.substr(slash + 1);
        if (!is_registry(reference.registry))
            refuse(invalid);
    }
    if (has_upper(name))
        refuse("repository name must be lowercase");
    if (!for_each_part(name, '/', is_component))
        refuse(invalid);
    if (reference.registry.size() + 1 + name.size() > max_name_bytes)
        refuse("repository name must not be more than 255 characters");
    reference.repository = name;
    if (reference.registry == "index.docker.io" || reference.registry == default_registry)
        return std::move(reference).in_registry(default_registry);
    return reference;
}

Reference Reference::parse_normalized(std::string_view text)
{
    Reference reference = parse(text);
    if (!reference.has_registry()) {
        if (reference.repository.size() == 64 && is_lower_hex(reference.repository))
            refuse(cat("invalid repository name (", reference.repository,
                       "), cannot specify 64-byte hexadecimal strings"));
        reference = reference.in_registry(default_registry);
    }
    return reference;
}

Reference Reference::in_registry(std::string_view registry_name) const
{
    Reference full = *this;
    full.registry = registry_name;
    if (registry_name == default_registry && repository.find('/') == std::string::npos)
        full.repository = cat(official_prefix, repository);
    return full;
}

Reference Reference::with_default_tag() const
{
    Reference tagged = *this;
    if (tag.empty() && !digest)
        tagged.tag = "latest";
    return tagged;
}

std::string Reference::name() const { return has_registry() ? cat(registry, "/", repository) : repository; }

std::string Reference::familiar_name() const
{
    // Without its registry, "docker.io/a.b/c" would become a repository of a registry named "a.b".
    if (registry != default_registry || end_of_registry(repository) != std::string_view::npos)
        return name();
    const std::string_view short_name{repository};
    if (short_name.starts_with(official_prefix) &&
        short_name.find('/', official_prefix.size()) == std::string_view::npos)
        return std::string{short_name.substr(official_prefix.size())};
    return repository;
}

std::string Reference::text() const
{
    return cat(name(), tag.empty() ? "" : ":", tag, digest ? cat("@", digest->text()) : "");
}

std::string Reference::familiar() const
{
    return cat(familiar_name(), tag.empty() ? "" : ":", tag, digest ? cat("@", digest->text()) : "");
}

} // namespace skiff::oci
