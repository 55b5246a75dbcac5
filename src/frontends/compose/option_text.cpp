#include "frontends/compose/option_text.hpp"

#include "base/cat.hpp"

namespace skiff::compose {

std::string joined(const std::vector<std::string>& pieces, std::string_view separator)
{
    std::string out;
    for (const std::string& piece : pieces)
        out += cat(out.empty() ? "" : separator, piece);
    return out;
}

std::string csv_field(const std::string& value)
{
    if (value.find_first_of(",\"") == std::string::npos)
        return value;
    std::string quoted_value = "\"";
    for (const char c : value)
        quoted_value += c == '"' ? std::string{"\"\""} : std::string{c};
    return quoted_value + "\"";
}

} // namespace skiff::compose
