#include <curl/curl.h>
#include <string.h>

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

typedef curl_socket_t (*regard_curl_open_socket)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURLcode regard_curl_set_open_socket(CURL *handle, regard_curl_open_socket value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

// The bytes of the address that a socket is about to be opened to: 4, 16, or none of another family.
static inline size_t regard_curl_address(const struct curl_sockaddr *address, unsigned char *bytes) {
    const char *start = (const char *)&address->addr;
    switch (address->family) {
    case AF_INET:
        memcpy(bytes, start + 4, 4);
        return 4;
    case AF_INET6:
        // Behind port and flow.
        memcpy(bytes, start + 8, 16);
        return 16;
    default:
        return 0;
    }
}

static inline curl_socket_t regard_curl_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
