#include "base/error.hpp"
#include "text/go_template.hpp"

#include "require.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    // Wide paddings are no mistake of ours, and only cost memory.
    for (std::size_t i = 0, digits = 0; i < input.size(); ++i) {
        digits = input[i] >= '0' && input[i] <= '9' ? digits + 1 : 0;
        if (digits > 3)
            return 0;
    }
    static const auto document = nlohmann::ordered_json::parse(
        R"({"ID":"0123","Names":["a","b"],"N":-5,"U":18446744073709551615,"F":1.5,"T":true,"Null":null,"Created":"2024-01-01T00:00:00Z",
            "Labels":{"k":"v"},"State":{"Status":"up","Health":null},"Mounts":[{"Type":"bind"}]})");
    try {
        const text::FormatText format = text::read_format(input);
        const auto tmpl = text::Template::parse(format.text, "fuzz");
        static_cast<void>(tmpl.heading({{"ID", "CONTAINER ID"}}));
        static_cast<void>(tmpl.execute(document, "Type"));
    } catch (const Error& error) {
        require(error.message().compare(0, 15, "template: fuzz:") == 0);
    }
    return 0;
}
