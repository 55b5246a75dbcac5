#include "base/cat.hpp"
#include "text/go_quote.hpp"
#include "text/utf8.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto value = text::go_unquoted(text::go_quoted(input));
    require(value && *value == input);
    if (const auto unquoted = text::go_unquoted(input))
        text::go_quoted(*unquoted);
    require(text::count_runes(input) <= input.size());
    require(is_utf8(text::to_lower(input)) && is_utf8(text::to_upper(input)));
    return 0;
}
