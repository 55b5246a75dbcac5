#include "base/error.hpp"
#include "net/hosts_file.hpp"

#include <cstdint>
#include <cstdlib>

/// Base files come from images, --add-host from users: what is written can be read again and says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff::net;
    const std::string text{reinterpret_cast<const char*>(data), size};
    HostsRequest request;
    request.base = text;
    const std::string once = make_hosts_file(request);
    request.base = once;
    if (make_hosts_file(request) != once)
        std::abort();
    try {
        (void)parse_added_host(text, "192.0.2.1");
    } catch (const skiff::Error&) { // refused, which is an answer
    }
    return 0;
}
