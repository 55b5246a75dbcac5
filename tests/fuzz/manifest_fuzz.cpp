#include "base/error.hpp"
#include "oci/document.hpp"
#include "oci/index.hpp"
#include "oci/manifest.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;
using namespace skiff::oci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        if (kind_of_document(input) == DocumentKind::Manifest) {
            const Manifest manifest = Manifest::parse(input);
            const Manifest again = Manifest::parse(manifest.serialize());
            require(again.config == manifest.config && again.layers == manifest.layers);
            require(again.media_type == manifest.media_type && again.annotations == manifest.annotations);
        } else {
            const Index index = Index::parse(input);
            const Index again = Index::parse(index.serialize());
            require(again.manifests == index.manifests && again.media_type == index.media_type);
            (void)index.choose(Platform{.os = "linux", .architecture = "arm64", .variant = "v8"});
        }
    } catch (const Error&) { // refused
    }
    return 0;
}
