#include "base/error.hpp"
#include "text/size.hpp"

#include "require.hpp"

#include <cstdint>
#include <string>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const std::uint64_t bytes = text::parse_bytes(input);
        require(bytes < std::uint64_t{1} << 63U);
        require(text::parse_bytes(std::to_string(bytes)) == bytes);
        text::format_bytes_decimal(bytes);
        text::format_bytes_binary(bytes);
    } catch (const Error&) { // no size
    }
    return 0;
}
