#include "base/error.hpp"
#include "text/json_fields.hpp"

#include "require.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const nlohmann::json document = text::parse_strict_json(input);
        require(document == nlohmann::json::parse(input));
        require(text::parse_strict_json(document.dump()) == document);
        const text::JsonFields fields{document};
        for (const auto& [key, value] : document.items()) {
            if (value.is_object())
                static_cast<void>(fields.keys(key));
            else if (value.is_array())
                static_cast<void>(fields.texts(key));
            else if (value.is_number())
                static_cast<void>(fields.find_integer(key));
        }
    } catch (const Error&) { // not JSON, or of another shape
    }
    return 0;
}
