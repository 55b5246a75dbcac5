#include "base/error.hpp"
#include "build/context_address.hpp"
#include "build/remote_file.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::build;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    const std::string name = remote_file_name(text);
    require(name != "." && name != ".." && name.find('/') == std::string::npos);
    try {
        const ContextAddress address = parse_named_context(text);
        if (address.kind == ContextAddress::Kind::Git) {
            require(!address.git.repository.empty() && address.git.repository[0] != '-');
            require(!address.git.ref.starts_with('-'));
            require(!address.git.subdir.starts_with('/') && !address.git.subdir.starts_with(".."));
        }
    } catch (const Error& error) {
        require(!error.message().empty());
    }
    return 0;
}
