#pragma once

#include <string>

namespace skiff {

/// A shared library that is loaded when somebody needs it, because its start-up cost (libcurl brings thirty others) does not
/// belong on the path of `run`. Functions keep the types of the library's own header:
///
///     auto* init = library.function<decltype(curl_easy_init)>("curl_easy_init");
class LazyLibrary
{
  public:
    /// Throws with the missing file's name and `package_hint` as the remedy.
    LazyLibrary(const char* soname, const char* package_hint);
    LazyLibrary(const LazyLibrary&) = delete;
    LazyLibrary& operator=(const LazyLibrary&) = delete;
    ~LazyLibrary() = default; // never unloaded: libraries keep threads and exit handlers

    template <typename Function>
    Function* function(const char* name) const
    {
        return reinterpret_cast<Function*>(address_of(name));
    }

  private:
    [[nodiscard]] void* address_of(const char* name) const;
    std::string soname_;
    void* handle_;
};

} // namespace skiff
