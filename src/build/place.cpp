#include "build/place.hpp"

#include "base/error.hpp"

namespace skiff::build {

void fail_at(const Place& place, const std::string& message, const std::string& hint)
{
    Error error{ErrorKind::Failure, cat(place.file, ":", place.line, ": ", message)};
    if (!hint.empty())
        error.add_hint(hint);
    throw error;
}

} // namespace skiff::build
