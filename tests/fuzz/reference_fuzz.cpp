#include "base/error.hpp"
#include "oci/reference.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::oci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const Reference reference = Reference::parse(input);
        require(Reference::parse(reference.text()) == reference);
        const Reference full = Reference::parse_normalized(input);
        require(full.has_registry());
        require(Reference::parse(full.text()) == full);
        require(Reference::parse_normalized(full.familiar()) == full);
    } catch (const Error&) { // no reference
    }
    return 0;
}
