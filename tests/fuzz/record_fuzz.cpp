// The records of a container as the store keeps them. A torn or strange one is an Error, and what is read once reads the same again.

#include "base/error.hpp"
#include "model/container_config.hpp"
#include "model/container_state.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    try {
        const std::string again = serialize(parse_container_state(text));
        require(serialize(parse_container_state(again)) == again);
    } catch (const Error&) { // another record, or none
    }
    try {
        const std::string again = serialize(parse_exit_record(text));
        require(serialize(parse_exit_record(again)) == again);
    } catch (const Error&) { // another record, or none
    }
    try {
        const std::string again = serialize(parse_container_config(text));
        require(serialize(parse_container_config(again)) == again);
    } catch (const Error&) { // another record, or none
    }
    return 0;
}
