#include "registry/curl_library.hpp"

#include "base/error.hpp"
#include "base/lazy_library.hpp"

namespace skiff::registry {
namespace {

CurlLibrary load()
{
    static const LazyLibrary library{"libcurl.so.4",
                                     "registries are reached with libcurl; on Debian: apt install libcurl4"};
    CurlLibrary functions{};
    const auto bind = [&]<typename Function>(Function*& slot, const char* name) {
        slot = library.function<Function>(name);
    };
    bind(functions.easy_init, "curl_easy_init");
    bind(functions.easy_cleanup, "curl_easy_cleanup");
    bind(functions.easy_setopt, "curl_easy_setopt");
    bind(functions.easy_getinfo, "curl_easy_getinfo");
    bind(functions.easy_pause, "curl_easy_pause");
    bind(functions.easy_strerror, "curl_easy_strerror");
    bind(functions.free, "curl_free");
    bind(functions.multi_init, "curl_multi_init");
    bind(functions.multi_cleanup, "curl_multi_cleanup");
    bind(functions.multi_setopt, "curl_multi_setopt");
    bind(functions.multi_add_handle, "curl_multi_add_handle");
    bind(functions.multi_remove_handle, "curl_multi_remove_handle");
    bind(functions.multi_perform, "curl_multi_perform");
    bind(functions.multi_poll, "curl_multi_poll");
    bind(functions.multi_info_read, "curl_multi_info_read");
    bind(functions.slist_append, "curl_slist_append");
    bind(functions.slist_free_all, "curl_slist_free_all");
    bind(functions.url, "curl_url");
    bind(functions.url_cleanup, "curl_url_cleanup");
    bind(functions.url_set, "curl_url_set");
    bind(functions.url_get, "curl_url_get");
    bind(functions.getdate, "curl_getdate");
    bind(functions.version_info, "curl_version_info");
    const auto global_init = library.function<decltype(curl_global_init)>("curl_global_init");
    if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        throw Error{ErrorKind::Failure, "starting libcurl failed"};
    return functions;
}

} // namespace

const CurlLibrary& curl()
{
    static const CurlLibrary functions = load();
    return functions;
}

} // namespace skiff::registry
