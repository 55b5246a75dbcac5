#include "base/error.hpp"
#include "text/time_format.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const WallTime time = text::parse_rfc3339(input);
        require(text::parse_rfc3339(text::format_rfc3339_nano(time)) == time);
        require(text::parse_rfc3339(text::format_rfc3339_nine_digits(time, text::Zone::Local)) == time);
        text::format_go_default(time, text::Zone::Local);
    } catch (const Error&) { // not RFC 3339
    }
    try {
        text::format_rfc3339_nano(text::parse_time(input, WallTime{}));
    } catch (const Error&) { // no time at all
    }
    return 0;
}
