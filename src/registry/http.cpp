#include "registry/http.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "registry/proxy.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <poll.h>

namespace skiff::registry {
namespace {

constexpr std::size_t max_header_bytes = 64U << 10U;
constexpr std::size_t max_error_body_bytes = 64U << 10U;

std::string trimmed_lower(std::string_view text)
{
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

std::string_view trim(std::string_view text)
{
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start == std::string_view::npos ? "" : text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

/// $SSL_CERT_FILE (which Go programs and OpenSSL's own honour), else what libcurl was built with.
std::string system_authorities()
{
    if (const char* file = std::getenv("SSL_CERT_FILE");
        file != nullptr && *file != '\0') // NOLINT(concurrency-mt-unsafe)
        return file;
    const curl_version_info_data* info = curl().version_info(CURLVERSION_NOW);
    if (info->age >= CURLVERSION_SEVENTH && info->cainfo != nullptr)
        return info->cainfo;
    return "/etc/ssl/certs/ca-certificates.crt";
}

/// What libcurl met, in the words of Podman (Go's net/http), which people search for.
std::string describe(CURLcode code, const Url& url, int os_error, const std::string& curl_words)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
        return cat("proxyconnect tcp: ", curl_words, " (see http_proxy, https_proxy and no_proxy)");
    case CURLE_COULDNT_RESOLVE_HOST:
        return cat("dial tcp: lookup ", url.host, ": no such host");
    case CURLE_COULDNT_CONNECT:
        if (os_error != 0)
            return cat("dial tcp ", url.host, ":", url.port, ": connect: ", errno_text(os_error));
        break;
    case CURLE_OPERATION_TIMEDOUT:
        return cat("i/o timeout: ", curl_words);
    case CURLE_PEER_FAILED_VERIFICATION:
        return cat("tls: failed to verify certificate: x509: ", curl_words);
    case CURLE_SSL_CONNECT_ERROR:
        if (curl_words.find("wrong version number") != std::string::npos ||
            curl_words.find("packet length too long") != std::string::npos)
            return "http: server gave HTTP response to HTTPS client";
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return cat("unexpected EOF: ", curl_words);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        if (os_error != 0)
            return cat("read tcp: ", errno_text(os_error));
        break;
    default:
        break;
    }
    return curl_words;
}

bool is_transient(CURLcode code, int os_error)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return os_error != ECONNREFUSED; // nobody is there: waiting a second seldom helps, and people mistype
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND: // a kept connection had died before anything was sent
        return true;
    default:
        return false;
    }
}

bool is_tls_complaint(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR;
}

} // namespace

std::string_view HttpRequest::shown_method() const
{
    if (method.empty())
        return form ? "Post" : "Get";
    for (const std::string_view known : {"Get", "Head", "Post", "Put", "Patch", "Delete"})
        if (trimmed_lower(known) == trimmed_lower(method))
            return known;
    return method;
}

std::string ResponseHead::header(const std::string& name) const
{
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second;
}

HttpExchange::HttpExchange(HttpClient& client, HttpRequest request, BodySink& sink)
    : client_{client},
      request_{std::move(request)},
      sink_{sink},
      easy_{curl().easy_init(), curl().easy_cleanup},
      error_text_(CURL_ERROR_SIZE, '\0')
{
    if (!easy_)
        throw Error{ErrorKind::Failure, ENOMEM, "starting a transfer failed"};
    set_up();
    log::debug(cat(request_.shown_method(), " ", request_.url.shown()));
    curl().multi_add_handle(client_.multi_.get(), easy_.get());
}

HttpExchange::~HttpExchange()
{
    curl().multi_remove_handle(client_.multi_.get(), easy_.get());
    easy_.reset(); // before the lists that it points to
    curl().slist_free_all(header_list_);
}

void HttpExchange::set_up()
{
    CURL* easy = easy_.get();
    const auto set = [easy](CURLoption option, auto value) { return curl().easy_setopt(easy, option, value); };
    set(CURLOPT_URL, request_.url.text.c_str());
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, "skiff");
    // The scheme was checked by Url; this is the second lock. libcurl before 7.85 does not know it.
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    // One connection for each blob: with HTTP/2 all would share one, and a blob whose reader is slow would fill
    // libcurl's memory with its window instead of just filling its socket.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_BUFFERSIZE, 256L * 1024L);
    const Proxy proxy = choose_proxy(request_.url); // both texts are copied
    set(CURLOPT_PROXY, proxy.address.c_str());
    set(CURLOPT_NOPROXY, proxy.exceptions.c_str());
    const TransferLimits& limits = client_.limits_;
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.low_speed_bytes));
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.low_speed_time.count()));

    if (!request_.method.empty())
        set_up_body();
    for (const std::string& header : request_.headers)
        header_list_ = curl().slist_append(header_list_, header.c_str());
    set(CURLOPT_HTTPHEADER, header_list_);
    if (request_.form) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.form->size()));
        set(CURLOPT_POSTFIELDS, request_.form->c_str());
    }
    set_up_tls();

    set(CURLOPT_HEADERDATA, this);
    set(
        CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* self) -> std::size_t {
            auto& exchange = *static_cast<HttpExchange*>(self);
            return exchange.guard_(
                [&] {
                    exchange.read_header({data, size * count});
                    return size * count;
                },
                std::size_t{0});
        });
    set(CURLOPT_WRITEDATA, this);
    set(
        CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* self) -> std::size_t {
            auto& exchange = *static_cast<HttpExchange*>(self);
            return exchange.guard_([&] { return exchange.read_body({data, size * count}); }, std::size_t{0});
        });
}

void HttpExchange::set_up_body()
{
    CURL* easy = easy_.get();
    const auto set = [easy](CURLoption option, auto value) { return curl().easy_setopt(easy, option, value); };
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    }
    if (request_.method == "GET" || request_.method == "DELETE") {
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
        return;
    }
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    if (!request_.body)
        request_.body_size = 0;
    set(CURLOPT_INFILESIZE_LARGE, request_.body_size ? static_cast<curl_off_t>(*request_.body_size) : curl_off_t{-1});
    set(CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024L);
    request_.headers.emplace_back("Expect:"); // we know from earlier requests that the server wants it
    // A registry looks at all of a blob before it answers to its last request.
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(10 * client_.limits_.low_speed_time.count()));
    set(CURLOPT_READDATA, this);
    set(
        CURLOPT_READFUNCTION, +[](char* into, std::size_t size, std::size_t count, void* self) -> std::size_t {
            auto& exchange = *static_cast<HttpExchange*>(self);
            return exchange.guard_(
                [&] { return exchange.request_.body ? exchange.request_.body(into, size * count) : std::size_t{0}; },
                std::size_t{CURL_READFUNC_ABORT});
        });
}

void HttpExchange::set_up_tls()
{
    CURL* easy = easy_.get();
    const TlsSettings& tls = request_.tls;
    curl().easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    curl().easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
    if (request_.url.scheme != "https")
        return;
    const std::string authorities = system_authorities();
    if (tls.extra_ca.empty()) {
        curl().easy_setopt(easy, CURLOPT_CAINFO, authorities.c_str());
    } else {
        const std::string all = cat(find_file(AT_FDCWD, authorities).value_or(""), "\n", tls.extra_ca);
        curl_blob blob{const_cast<char*>(all.data()), all.size(), CURL_BLOB_COPY};
        curl().easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (!tls.client_cert.empty()) {
        curl().easy_setopt(easy, CURLOPT_SSLCERT, tls.client_cert.c_str());
        curl().easy_setopt(easy, CURLOPT_SSLKEY, tls.client_key.c_str());
    }
}

void HttpExchange::read_header(std::string_view line)
{
    header_bytes_ += line.size();
    if (header_bytes_ > max_header_bytes)
        throw Error{ErrorKind::Failure,
                    cat("reading ", request_.url.shown(), ": more than ", max_header_bytes, " bytes of headers")};
    if (line.starts_with("HTTP/")) { // also after "100 Continue" and a proxy's own answer: only the last one counts
        head_ = {};
        const std::size_t space = line.find(' ');
        head_.status = space == std::string_view::npos ? 0 : std::atoi(std::string{line.substr(space + 1, 3)}.c_str());
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return;
    std::string& value = head_.headers[trimmed_lower(trim(line.substr(0, colon)))];
    value += cat(value.empty() ? "" : ", ", trim(line.substr(colon + 1)));
}

std::size_t HttpExchange::read_body(std::string_view data)
{
    if (!is_success()) {
        const std::size_t room = max_error_body_bytes - error_body_.size();
        error_body_ += data.substr(0, room);
        error_body_is_full_ = data.size() > room;
        return error_body_is_full_ ? 0 : data.size();
    }
    if (!head_was_given_) {
        head_was_given_ = true;
        sink_.head(head_);
    }
    return sink_.take(data) ? data.size() : CURL_WRITEFUNC_PAUSE;
}

void HttpExchange::resume() { curl().easy_pause(easy_.get(), CURLPAUSE_CONT); }

void HttpExchange::finish(CURLcode code)
{
    finished_ = true;
    if (guard_.failed())
        return;
    const bool is_answered = code == CURLE_OK || error_body_is_full_;
    if (is_answered) {
        if (is_success() && !head_was_given_) // an empty body
            guard_(
                [&] {
                    sink_.head(head_);
                    return true;
                },
                false);
        return;
    }
    long os_error = 0;
    curl().easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_error);
    std::string words = error_text_.c_str();
    if (words.empty())
        words = curl().easy_strerror(code);
    const Url& url = request_.url;
    Error error{ErrorKind::Failure, static_cast<int>(os_error),
                cat(request_.shown_method(), " \"", url.shown(), "\": ", printable(describe(code, url, static_cast<int>(os_error), words)))};
    if (is_tls_complaint(code))
        error.add_hint(
            "a registry without https or with a certificate of its own: put the authority's certificate into "
            "certs.d, or use --tls-verify=false");
    failure_.emplace(TransportFailure{std::move(error), is_transient(code, static_cast<int>(os_error))});
}

HttpClient::HttpClient(TransferLimits limits, int cancel_fd)
    : multi_{curl().multi_init(), curl().multi_cleanup}, limits_{limits}, cancel_fd_{cancel_fd}
{
    if (!multi_)
        throw Error{ErrorKind::Failure, ENOMEM, "starting libcurl failed"};
}

void HttpClient::throw_if_cancelled() const
{
    pollfd request{cancel_fd_, POLLIN, 0};
    if (cancel_fd_ >= 0 && ::poll(&request, 1, 0) > 0)
        throw Error{ErrorKind::Failure, ECANCELED, "the transfer was cancelled"};
}

void HttpClient::perform()
{
    int running = 0;
    curl().multi_perform(multi_.get(), &running);
    int left = 0;
    while (const CURLMsg* message = curl().multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        HttpExchange* exchange = nullptr;
        curl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        exchange->finish(message->data.result);
    }
}

void HttpClient::wait(std::span<const int> writable, std::chrono::milliseconds timeout)
{
    throw_if_cancelled();
    std::vector<curl_waitfd> extra;
    if (cancel_fd_ >= 0)
        extra.push_back({cancel_fd_, CURL_WAIT_POLLIN, 0});
    for (const int fd : writable)
        extra.push_back({fd, CURL_WAIT_POLLOUT, 0});
    curl().multi_poll(multi_.get(), extra.data(), static_cast<unsigned>(extra.size()),
                      static_cast<int>(timeout.count()), nullptr);
    throw_if_cancelled();
    perform();
}

void HttpClient::pause(std::chrono::milliseconds time) const
{
    const auto end = std::chrono::steady_clock::now() + time;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return;
        pollfd request{cancel_fd_, POLLIN, 0}; // poll ignores -1
        ::poll(&request, 1, static_cast<int>(left.count()));
        throw_if_cancelled();
    }
}

} // namespace skiff::registry
