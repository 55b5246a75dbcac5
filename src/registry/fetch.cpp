#include "registry/fetch.hpp"

#include "base/log.hpp"
#include "registry/authorizer.hpp"
#include "registry/blob_sink.hpp"
#include "registry/registry_error.hpp"
#include "registry/retry_after.hpp"
#include "text/duration.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace skiff::registry {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int max_redirects = 5;
constexpr milliseconds noticed_delay = 3s; ///< who waits longer wants to know why
constexpr std::uint64_t progress_bytes = 256U << 10U; ///< what must have come for a try to count as no failure

std::optional<std::uint64_t> find_number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Where a "Content-Range: bytes 100-199/200" begins.
std::optional<std::uint64_t> find_range_start(std::string_view value)
{
    if (!value.starts_with("bytes "))
        return std::nullopt;
    value.remove_prefix(6);
    return find_number(value.substr(0, value.find('-')));
}

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
bool is_worth_another_try(int status)
{
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

/// A number in [0.75, 1.25): many clients that were refused at once shall not come back at once.
double jitter()
{
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.75, 1.25}(generator);
}

} // namespace

Fetch::Fetch(HttpClient& client, const HostRules& rules, const TransportOptions& options, FetchRequest request,
             FetchSink& sink)
    : client_{client}, rules_{rules}, options_{options}, request_{std::move(request)}, sink_{sink}, url_{request_.url}
{
    if (request_.exact_size)
        request_.limit = *request_.exact_size;
    send();
}

void Fetch::send()
{
    not_before_.reset();
    const HostRule rule = rules_.rule_for(url_);
    if (url_.scheme != "https" && !rule.insecure)
        throw Error{ErrorKind::Failure, cat("Get \"", url_.shown(), "\": an address without https is refused")}
            .with_hint("mark the registry as insecure in registries.conf, or use --tls-verify=false");
    HttpRequest request{url_, {}, request_.form, rule.tls};
    if (!request_.accept.empty())
        request.headers.push_back(cat("Accept: ", request_.accept));
    if (received_ > 0 && ranges_work_)
        request.headers.push_back(cat("Range: bytes=", received_, "-"));
    if (url_.same_origin(request_.url)) {
        used_authorization_ = request_.authorizer != nullptr ? request_.authorizer->header() : request_.authorization;
        if (!used_authorization_.empty())
            request.headers.push_back(cat("Authorization: ", used_authorization_));
    }
    is_paused_ = false;
    got_wrong_range_ = false;
    exchange_ = std::make_unique<HttpExchange>(client_, std::move(request), static_cast<BodySink&>(*this));
}

void Fetch::head(const ResponseHead& head)
{
    skip_ = 0;
    if (head.status == 206) {
        if (find_range_start(head.header("content-range")) == received_)
            return;
        ranges_work_ = false; // the next try reads from the start and drops what we have
        got_wrong_range_ = true;
        throw Error{ErrorKind::Failure, "the server sent another range than it was asked for"};
    }
    skip_ = received_;
    const auto length = find_number(head.header("content-length"));
    if (length && request_.exact_size && *length > *request_.exact_size)
        throw Error{ErrorKind::Failure, cat("the server sends ", *length, " bytes instead of ", *request_.exact_size)};
}

bool Fetch::take(std::string_view data)
{
    const std::size_t known = std::min<std::uint64_t>(skip_, data.size());
    const std::string_view fresh = data.substr(known);
    if (fresh.size() > request_.limit - received_)
        throw Error{ErrorKind::Failure, cat("the server sends more than ", request_.limit, " bytes")};
    if (!fresh.empty() && !sink_.take(fresh)) {
        is_paused_ = true;
        return false;
    }
    skip_ -= known;
    received_ += fresh.size();
    return true;
}

void Fetch::advance()
{
    if (done_)
        return;
    if (not_before_) {
        if (steady_clock::now() >= *not_before_)
            send();
        return;
    }
    const bool has_room = sink_.flush();
    if (exchange_ && !exchange_->is_finished()) {
        if (is_paused_ && has_room) {
            is_paused_ = false;
            exchange_->resume();
        }
        return;
    }
    if (exchange_)
        handle_answer();
    else
        done_ = has_room;
}

void Fetch::handle_answer()
{
    const auto exchange = std::move(exchange_); // nothing below may use the old one by mistake
    try {
        exchange->rethrow_if_failed();
    } catch (const Error& error) {
        if (!got_wrong_range_)
            throw;
        return retry(error, true);
    }
    if (const auto& failure = exchange->failure())
        return retry(failure->error, failure->is_transient || received_ > 0);
    head_ = exchange->head();
    refusal_ = exchange->error_body();
    if (is_success()) {
        if (request_.exact_size && received_ < *request_.exact_size)
            return retry(Error{ErrorKind::Failure, cat("Get \"", url_.shown(), "\": unexpected EOF after ", received_,
                                                       " of ", *request_.exact_size, " bytes")},
                         true);
        done_ = sink_.flush();
        return;
    }
    if (is_redirect(head_.status))
        return follow_redirect();
    if (head_.status == 401 && try_authorize())
        return send();
    if (is_worth_another_try(head_.status)) {
        const auto server_says = find_retry_after(head_.header("retry-after"));
        if (tries_without_progress_ < options_.retries &&
            server_says.value_or(0s) <= client_.limits().longest_retry_after)
            return retry(make_registry_error(head_.status, refusal_), true, server_says);
    }
    done_ = true;
}

void Fetch::follow_redirect()
{
    const std::string location = head_.header("location");
    if (request_.form) // what was posted may be a secret, and it was meant for that host
        throw Error{ErrorKind::Failure, cat("Post \"", url_.shown(), "\": a redirect is refused here")};
    if (location.empty())
        throw Error{ErrorKind::Failure,
                    cat("Get \"", url_.shown(), "\": ", head_.status, " response missing Location header")};
    if (++hops_ > max_redirects)
        throw Error{ErrorKind::Failure,
                    cat("Get \"", request_.url.shown(), "\": stopped after ", max_redirects, " redirects")};
    url_ =
        while_doing(cat("following the redirect of ", url_.shown()), [&] { return Url::parse(location, url_.text); });
    send();
}

bool Fetch::try_authorize()
{
    if (request_.authorizer == nullptr || was_authorized_ || !url_.same_origin(request_.url))
        return false;
    was_authorized_ = true;
    return request_.authorizer->answer(url_, head_, used_authorization_);
}

milliseconds Fetch::back_off() const
{
    const milliseconds first = options_.retry_delay.value_or(1s);
    const milliseconds doubled = first * (1U << std::min(tries_without_progress_ - 1, 6U));
    return options_.retry_delay ? first : std::chrono::duration_cast<milliseconds>(doubled * jitter());
}

void Fetch::retry(const Error& error, bool is_transient, std::optional<seconds> server_says)
{
    if (received_ >= received_at_last_try_ + progress_bytes)
        tries_without_progress_ = 0;
    if (!is_transient || tries_without_progress_ >= options_.retries)
        throw Error{error};
    ++tries_without_progress_;
    const milliseconds delay = server_says ? milliseconds{*server_says} : back_off();
    const std::string words = cat("Failed, retrying in ", text::format_duration_go(delay), " ... (",
                                  tries_without_progress_, "/", options_.retries, "). Error: ", error.message());
    delay >= noticed_delay ? log::warn_structured(words) : log::info(words);
    if (!request_.exact_size) {
        sink_.start_again();
        received_ = 0;
    }
    received_at_last_try_ = received_;
    url_ = request_.url; // signed addresses of blob stores run out
    hops_ = 0;
    was_authorized_ = false;
    not_before_ = steady_clock::now() + delay;
}

namespace {

class MemorySink final : public FetchSink
{
  public:
    bool take(std::string_view data) override
    {
        text += data;
        return true;
    }
    bool flush() override { return true; }
    [[nodiscard]] int blocked_fd() const override { return -1; }
    void start_again() override { text.clear(); }

    std::string text;
};

milliseconds time_to_wait(const std::vector<std::pair<std::size_t, std::unique_ptr<Fetch>>>& active)
{
    milliseconds wait = 1min;
    for (const auto& [index, fetch] : active)
        if (const auto when = fetch->wake_at())
            wait = std::min(wait, std::chrono::ceil<milliseconds>(*when - steady_clock::now()));
    return std::max(wait, 0ms);
}

} // namespace

Document fetch_document(HttpClient& client, const HostRules& rules, const TransportOptions& options,
                        FetchRequest request)
{
    MemorySink sink;
    Document document;
    FetchPlan plan;
    plan.count = 1;
    plan.start = [&](std::size_t) { return std::make_unique<Fetch>(client, rules, options, std::move(request), sink); };
    plan.on_advance = [&](std::size_t, Fetch& fetch) {
        if (!fetch.is_done())
            return;
        document.status = fetch.head().status;
        document.head = fetch.head();
        document.body = fetch.is_success() ? std::move(sink.text) : fetch.refusal();
    };
    run_fetches(client, plan);
    return document;
}

void run_fetches(HttpClient& client, const FetchPlan& plan)
{
    const IgnoreSigpipe no_signals;
    std::vector<std::pair<std::size_t, std::unique_ptr<Fetch>>> active;
    std::size_t next = 0;
    while (next < plan.count || !active.empty()) {
        for (; next < plan.count && active.size() < plan.parallel; ++next)
            if (auto fetch = plan.start(next))
                active.emplace_back(next, std::move(fetch));
        if (active.empty())
            continue;
        std::vector<int> blocked;
        for (const auto& [index, fetch] : active)
            if (fetch->blocked_fd() >= 0)
                blocked.push_back(fetch->blocked_fd());
        client.wait(blocked, time_to_wait(active));
        for (const auto& [index, fetch] : active) {
            fetch->advance();
            plan.on_advance(index, *fetch);
        }
        std::erase_if(active, [](const auto& entry) { return entry.second->is_done(); });
    }
}

} // namespace skiff::registry
