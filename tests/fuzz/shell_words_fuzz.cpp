#include "base/error.hpp"
#include "text/shell_words.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const auto words = text::split_shell_words(input);
        require(text::split_shell_words(text::join_shell_words(words)) == words);
    } catch (const Error&) { // a quote stays open
    }
    require(text::split_shell_words(text::shell_quote(input)) == std::vector{std::string{input}});
    return 0;
}
