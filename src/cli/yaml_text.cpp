#include "cli/yaml_text.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Whether a plain scalar would be read as something else than this text.
bool needs_quotes(const std::string& text)
{
    static constexpr std::string_view special = "!&*-?[]{}|>@`\"'%#,: \n";
    if (text.empty() || special.find(text.front()) != std::string_view::npos || text.back() == ' ' ||
        text.back() == ':')
        return true;
    if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos)
        return true;
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        return true;
    const bool is_numeric = text.find_first_not_of("0123456789.+-eE_") == std::string::npos || text.starts_with("0x");
    const bool is_version = std::count(text.begin(), text.end(), '.') > 1;
    if (is_numeric && !is_version && text.find_first_of("0123456789") == 0)
        return true;
    for (const std::string_view word : {"true", "false", "null", "yes", "no", "on", "off", "~"})
        if (text == word)
            return true;
    return false;
}

std::string scalar(const Json& value)
{
    if (value.is_string() && !needs_quotes(value.get_ref<const std::string&>()))
        return value.get<std::string>();
    return value.dump(); // JSON's quotes are YAML's double ones
}

void append(std::string& out, const Json& value, std::size_t indent);

void append_entry(std::string& out, const Json& value, std::size_t indent)
{
    if (value.is_object() && !value.empty()) {
        out += "\n";
        append(out, value, indent + 2);
    } else if (value.is_array() && !value.empty()) {
        out += "\n";
        append(out, value, indent);
    } else {
        out += " " + (value.is_object() ? "{}" : value.is_array() ? "[]" : scalar(value)) + "\n";
    }
}

void append(std::string& out, const Json& value, std::size_t indent)
{
    const std::string margin(indent, ' ');
    if (value.is_array()) {
        for (const Json& element : value) {
            if (!element.is_structured() || element.empty()) {
                out += margin + "-";
                append_entry(out, element, indent);
                continue;
            }
            std::string block;
            append(block, element, indent + 2);
            block[indent] = '-'; // the first line of the block is the element's
            out += block;
        }
        return;
    }
    std::map<std::string, const Json*> entries; // sorted; value.at(key) would search
    for (const auto& entry : value.items())
        entries.emplace(entry.key(), &entry.value());
    for (const auto& [key, entry] : entries) {
        out += margin + scalar(key) + ":";
        append_entry(out, *entry, indent);
    }
}

} // namespace

std::string to_yaml(const nlohmann::ordered_json& document)
{
    std::string out;
    append(out, document, 0);
    return out;
}

} // namespace skiff::cli
