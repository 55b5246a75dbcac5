#include "registry/image_source.hpp"

#include "base/error.hpp"

namespace skiff::registry {

RawDocument ImageSource::read_document()
{
    ImageDocument document = resolve(oci::Platform::host());
    return {std::move(document.manifest_bytes), document.manifest.media_type};
}

ImageDocument ImageSource::resolve_part(const oci::Descriptor& /*part*/)
{
    throw Error{ErrorKind::Failure, cat(shown_name(), " has no index to choose from")};
}

} // namespace skiff::registry
