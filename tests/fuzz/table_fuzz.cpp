#include "text/table.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto lines = std::count(input.begin(), input.end(), '\n');
    const std::string aligned = text::align_columns(input);
    require(std::count(aligned.begin(), aligned.end(), '\n') == lines);
    require(aligned.find('\t') == std::string::npos);
    return 0;
}
