#include "net/resolv_conf.hpp"

#include <cstdint>
#include <cstdlib>

/// The host's file may be anybody's; what is written of it can be read again and says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff::net;
    const ResolvConf conf = parse_resolv_conf({reinterpret_cast<const char*>(data), size});
    if (parse_resolv_conf(to_text(conf)) != conf)
        std::abort();
    ResolvRequest request;
    request.host = conf;
    request.network_servers = {"10.0.2.3"};
    (void)make_resolv_conf(request);
    return 0;
}
