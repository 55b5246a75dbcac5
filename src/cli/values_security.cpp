#include "cli/values_security.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "kernel/capabilities.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <cctype>

namespace skiff::cli {
namespace {

using text::go_quoted;

/// Kernels, distributions and Docker clients ask for labels that only SELinux machines have: nothing to do for us, but
/// the words must be right.
void check_label(const std::string& value, std::string_view whole)
{
    const std::string word = cut_at(value, ':').head;
    for (const std::string_view known : {"disable", "nested", "user", "role", "type", "level", "filetype"})
        if (word == known)
            return;
    throw usage_error(cat("invalid --security-opt 2: ", go_quoted(whole)));
}

void add_paths(std::vector<std::string>& paths, std::string_view text)
{
    for (std::string& path : split_at(text, ':'))
        if (!path.empty())
            paths.push_back(std::move(path));
}

bool read_switch(const std::optional<std::string>& value, std::string_view whole)
{
    try {
        return !value || read_bool(*value);
    } catch (const Error&) {
        throw usage_error(cat("invalid --security-opt 2: ", go_quoted(whole)));
    }
}

/// As units.FromHumanSize: here, and only here, a "k" is a thousand.
std::int64_t read_decimal_size(std::string_view text)
{
    std::string digits;
    std::string unit;
    for (const char c : text)
        (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.' ? digits : unit) +=
            static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (unit.size() > 1 && unit.ends_with('b'))
        unit.pop_back();
    const std::size_t power = unit.empty() || unit == "b" ? 0 : std::string_view{"kmgtp"}.find(unit) + 1;
    if (digits.empty() || unit.size() > 1 || power > 5 || (power == 0 && unit != "" && unit != "b"))
        throw usage_error(cat("invalid size: '", printable(text), "'"));
    double size = read_number(digits);
    for (std::size_t i = 0; i < power; ++i)
        size *= 1000;
    if (size > 9e18)
        throw usage_error(cat("invalid size: '", printable(text), "'"));
    return static_cast<std::int64_t>(size);
}

} // namespace

std::string read_capability(std::string_view text)
{
    std::string name{text};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (name == "ALL")
        return name;
    if (!name.starts_with("CAP_"))
        name.insert(0, "CAP_");
    if (!kernel::find_capability(name))
        throw usage_error(cat(go_quoted(name), ": unknown capability"));
    return name;
}

void add_security_option(SecurityRequest& request, std::string_view text)
{
    const Cut cut = cut_at(text, text.find('=') != std::string_view::npos ? '=' : ':');
    const std::string& name = cut.head;
    if (!cut.tail && name != "no-new-privileges")
        throw usage_error(cat("invalid --security-opt 1: ", go_quoted(text)));
    const std::string value = cut.tail.value_or("");
    if (name == "no-new-privileges")
        request.no_new_privileges = read_switch(cut.tail, text);
    else if (name == "seccomp")
        request.seccomp = value == "unconfined" || value == "default" || value.empty() ? value : absolute_path(value);
    else if (name == "mask")
        add_paths(request.mask, value);
    else if (name == "unmask")
        add_paths(request.unmask, value);
    else if (name == "systempaths" && value == "unconfined")
        request.unmask = {"ALL"};
    else if (name == "systempaths")
        throw usage_error(cat("invalid systempaths option ", go_quoted(value), ", only `unconfined` is supported"));
    else if (name == "proc-opts")
        request.proc_opts = value;
    else if (name == "label")
        check_label(value, text);
    else if (name == "apparmor" && value != "unconfined" && !value.empty())
        throw usage_error(
            cat("AppArmor profile ", go_quoted(value), " is not supported: users cannot switch profiles"));
    else if (name != "apparmor")
        throw usage_error(cat("invalid --security-opt 2: ", go_quoted(text)));
    request.options.emplace_back(text);
}

std::string read_log_driver(std::string_view text)
{
    if (text.empty())
        return "k8s-file";
    if (text == "passthrough-tty")
        throw usage_error("log driver passthrough-tty is not supported: use passthrough");
    for (const std::string_view known : {"k8s-file", "journald", "json-file", "none", "passthrough"})
        if (text == known)
            return std::string{text};
    throw usage_error("invalid log driver: invalid argument")
        .with_hint(
            cat("there is no log driver ", quoted(text), "; k8s-file, json-file, journald, none and passthrough are offered"));
}

void add_log_option(LogRequest& request, std::string_view text)
{
    Cut cut = cut_at(text, '=');
    if (!cut.tail)
        throw usage_error(cat("invalid log option ", go_quoted(text)));
    if (cut.head == "driver")
        request.driver = read_log_driver(*cut.tail);
    else if (cut.head == "path")
        request.path = absolute_path(*cut.tail);
    else if (cut.head == "max-size")
        request.max_size = read_decimal_size(*cut.tail);
    else if (cut.head == "tag")
        request.tag = *cut.tail;
    else if (cut.head == "label") {
        Cut label = cut_at(*cut.tail, '=');
        if (!label.tail)
            throw usage_error(cat("invalid log label ", go_quoted(text)));
        request.labels[label.head] = *label.tail;
    } else if (cut.head != "max-file" && cut.head != "labels" && cut.head != "env" && cut.head != "mode" &&
               cut.head != "compress") // Docker's, which Podman takes without effect
        throw usage_error(cat("invalid log option ", go_quoted(text)));
}

} // namespace skiff::cli
