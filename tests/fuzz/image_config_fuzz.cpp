#include "base/error.hpp"
#include "oci/image_config.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::oci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const ImageConfig image = ImageConfig::parse(input);
        const std::string text = image.serialize();
        require(ImageConfig::parse(text).serialize() == text);
    } catch (const Error&) { // refused
    }
    return 0;
}
