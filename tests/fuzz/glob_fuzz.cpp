#include "base/error.hpp"
#include "text/glob.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    // The first line is the pattern, the rest the name.
    const std::size_t line = input.find('\n');
    const std::string_view pattern = input.substr(0, line);
    const std::string_view name = line == std::string_view::npos ? std::string_view{} : input.substr(line + 1);
    try {
        if (text::matches_path(pattern, name))
            require(text::matches_name(pattern, name));
    } catch (const Error&) { // a malformed pattern
    }
    return 0;
}
