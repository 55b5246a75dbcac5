#include "engine/option_fields.hpp"

#include <algorithm>

namespace skiff::engine {

OptionFields::OptionFields(const std::string& text)
{
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const std::string field = text.substr(from, end - from);
        const std::size_t equals = std::min(field.find('='), field.size());
        fields_[field.substr(0, equals)] = field.substr(std::min(equals + 1, field.size()));
        from = end + 1;
    }
}

std::string OptionFields::take(const std::string& key)
{
    const auto taken = fields_.extract(key);
    return taken ? taken.mapped() : "";
}

std::optional<std::string> OptionFields::find_left() const
{
    return fields_.empty() ? std::nullopt : std::optional{fields_.begin()->first};
}

} // namespace skiff::engine
