#include "base/error.hpp"
#include "text/duration.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    for (const auto plain : {text::PlainNumber::Refused, text::PlainNumber::Seconds}) {
        try {
            const auto duration = text::parse_duration(input, plain);
            require(text::parse_duration(text::format_duration_go(duration)) == duration);
            text::human_duration(duration);
        } catch (const Error&) { // no duration
        }
    }
    return 0;
}
