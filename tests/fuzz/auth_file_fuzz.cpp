#include "base/error.hpp"
#include "registry/auth.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>

/// A credentials file of unknown origin: it is read or refused, and no complaint repeats its bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const char* file : {"auth.json", "/h/.dockercfg"}) {
        try {
            const auto found = skiff::registry::find_credentials_in(text, file, "registry.example.com/team/app");
            require(!found || !found->username.empty() || !found->identity_token.empty());
        } catch (const skiff::Error& error) {
            require(!error.message().empty());
        }
    }
    return 0;
}
