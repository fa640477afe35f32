#include <curl/curl.h>

// libcurl's setters take their value as a variadic argument, which Swift can't pass: one function a type of value.

static inline CURLcode regard_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode regard_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode regard_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode regard_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*regard_curl_transfer)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode regard_curl_set_transfer(CURL *handle, CURLoption option, regard_curl_transfer value) {
    return curl_easy_setopt(handle, option, value);
}

typedef int (*regard_curl_progress)(
    void *context, curl_off_t download_total, curl_off_t downloaded, curl_off_t upload_total, curl_off_t uploaded);

static inline CURLcode regard_curl_set_progress(CURL *handle, regard_curl_progress value) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode regard_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
