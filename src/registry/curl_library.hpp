#pragma once

#include <curl/curl.h>

namespace skiff::registry {

/// libcurl's functions that we use, with the types of its own header.
struct CurlLibrary
{
    decltype(curl_easy_init)* easy_init;
    decltype(curl_easy_cleanup)* easy_cleanup;
    decltype(curl_easy_setopt)* easy_setopt;
    decltype(curl_easy_getinfo)* easy_getinfo;
    decltype(curl_easy_pause)* easy_pause;
    decltype(curl_easy_strerror)* easy_strerror;
    decltype(curl_free)* free;
    decltype(curl_multi_init)* multi_init;
    decltype(curl_multi_cleanup)* multi_cleanup;
    decltype(curl_multi_setopt)* multi_setopt;
    decltype(curl_multi_add_handle)* multi_add_handle;
    decltype(curl_multi_remove_handle)* multi_remove_handle;
    decltype(curl_multi_perform)* multi_perform;
    decltype(curl_multi_poll)* multi_poll;
    decltype(curl_multi_info_read)* multi_info_read;
    decltype(curl_slist_append)* slist_append;
    decltype(curl_slist_free_all)* slist_free_all;
    decltype(curl_url)* url;
    decltype(curl_url_cleanup)* url_cleanup;
    decltype(curl_url_set)* url_set;
    decltype(curl_url_get)* url_get;
    decltype(curl_getdate)* getdate;
    decltype(curl_version_info)* version_info;
};

/// Loads libcurl at the first call; it brings thirty other libraries and several milliseconds.
/// Throws with the remedy where it is missing.
const CurlLibrary& curl();

} // namespace skiff::registry
