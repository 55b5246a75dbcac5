#include "base/error.hpp"
#include "registry/policy.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>

/// A policy.json: every image is accepted or refused with a reason; a policy that cannot be read accepts nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const char* scope : {"registry.example.com/team/app:1", "a.b.wild.io/x@sha256:0", "/some/path"}) {
        try {
            skiff::registry::check_policy(text, "docker", scope, "docker://image");
            require(text.find('{') != std::string_view::npos);
        } catch (const skiff::Error& error) {
            require(!error.message().empty());
        }
    }
    return 0;
}
