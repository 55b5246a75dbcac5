#include "base/error.hpp"
#include "oci/reference.hpp"
#include "registry/pull_sources.hpp"
#include "registry/registries_conf.hpp"
#include "registry/short_names.hpp"
#include "require.hpp"

#include <cstddef>
#include <cstdint>

/// A registries.conf, on top of another one: it is refused with its name, or every image has places to be asked for, or
/// a reason why it has none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff;
    registry::RegistriesConf conf;
    registry::merge_registries_conf(conf, "unqualified-search-registries = ['a.io']\n[[registry]]\nprefix = 'quay.io'\n", "first");
    try {
        registry::merge_registries_conf(conf, {reinterpret_cast<const char*>(data), size}, "fuzzed.conf");
    } catch (const Error& error) {
        require(error.message().find("fuzzed.conf") != std::string::npos);
        return 0;
    }
    for (const char* name : {"quay.io/a/b:1", "debian", "x.example.com:5000/y", "docker.io/library/z"}) {
        try {
            const auto candidates = registry::resolve_name(conf, oci::Reference::parse(name));
            require(!candidates.references.empty());
            for (const oci::Reference& reference : candidates.references)
                require(!registry::find_pull_sources(conf, reference).empty());
        } catch (const Error& error) {
            require(!error.message().empty());
        }
    }
    return 0;
}
