#include "base/error.hpp"
#include "text/env_file.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        for (const auto& entry : text::parse_env_file(input, "fuzz.env"))
            require(!entry.name.empty() && entry.name.find('=') == std::string::npos);
    } catch (const Error&) { // a malformed line
    }
    return 0;
}
