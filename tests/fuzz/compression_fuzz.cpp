#include "archive/compression.hpp"
#include "base/error.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::archive;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const InflationLimits limits{.ratio = 10, .plus = 1U << 20U, .silent = 1U << 16U};
    try {
        MemorySource source{input, 100};
        DecompressingSource plain{source, limits};
        const std::string text = read_all(plain, 64U << 20U);
        if (plain.compression() == Compression::None)
            require(text == input);
        else
            require(text.size() <= size * limits.ratio + limits.plus + (1U << 16U));
    } catch (const Error&) { // broken or a bomb
    }
    return 0;
}
