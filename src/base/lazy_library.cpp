#include "base/lazy_library.hpp"

#include "base/error.hpp"

#include <dlfcn.h>

namespace skiff {

LazyLibrary::LazyLibrary(const char* soname, const char* package_hint)
    : soname_{soname}, handle_{::dlopen(soname, RTLD_NOW | RTLD_LOCAL)}
{
    if (handle_ == nullptr)
        throw Error{ErrorKind::Failure, cat("loading ", soname, ": ", ::dlerror())}.with_hint(package_hint);
}

void* LazyLibrary::address_of(const char* name) const
{
    void* address = ::dlsym(handle_, name);
    if (address == nullptr)
        throw Error{ErrorKind::Failure, cat("loading ", soname_, ": it has no ", name)};
    return address;
}

} // namespace skiff
