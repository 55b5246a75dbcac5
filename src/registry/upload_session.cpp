#include "registry/upload_session.hpp"

#include "base/log.hpp"
#include "registry/blob_sink.hpp"
#include "registry/registry_error.hpp"
#include "registry/retry_after.hpp"

#include <algorithm>
#include <poll.h>

namespace skiff::registry {
namespace {

using namespace std::chrono_literals;

class TextSink final : public BodySink
{
  public:
    void head(const ResponseHead& /*head*/) override {}
    bool take(std::string_view data) override
    {
        constexpr std::size_t most = 64U << 10U;
        text += data.substr(0, most - std::min(most, text.size()));
        return true;
    }
    std::string text;
};

bool is_worth_another_try(int status)
{
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

} // namespace

void Patience::wait_after(const Interrupted& failure)
{
    if (tries_ >= options_.retries || failure.server_says().value_or(0s) > limits_.longest_retry_after)
        throw Error{static_cast<const Error&>(failure)};
    ++tries_;
    thread_local std::minstd_rand generator{std::random_device{}()};
    const double jitter = std::uniform_real_distribution<double>{0.75, 1.25}(generator);
    const std::chrono::milliseconds first = options_.retry_delay.value_or(1s);
    const auto own = options_.retry_delay ? first : first * (1U << std::min(tries_ - 1, 6U));
    const auto delay = failure.server_says() ? std::chrono::milliseconds{*failure.server_says()}
                                             : std::chrono::duration_cast<std::chrono::milliseconds>(own * jitter);
    log::info(cat("Failed, retrying in ", delay.count(), "ms ... (", tries_, "/", options_.retries,
                  "). Error: ", failure.message()));
    pollfd request{options_.cancel_fd, POLLIN, 0}; // poll ignores -1
    if (::poll(&request, 1, static_cast<int>(delay.count())) > 0)
        throw Error{ErrorKind::Failure, ECANCELED, "the transfer was cancelled"};
}

std::unique_ptr<HttpClient> UploadSession::borrow_client()
{
    const std::lock_guard guard{clients_mutex_};
    if (idle_clients_.empty())
        return std::make_unique<HttpClient>(host_.options().limits, cancel_fd_);
    auto client = std::move(idle_clients_.back());
    idle_clients_.pop_back();
    return client;
}

std::string UploadSession::authorization()
{
    const std::lock_guard guard{authorizer_mutex_};
    return host_.authorizer().header();
}

bool UploadSession::answer_challenge(const Answer& answer, const std::string& used)
{
    const std::lock_guard guard{authorizer_mutex_};
    return host_.authorizer().answer(answer.url, answer.head, used);
}

Answer UploadSession::send(HttpClient& client, const Question& question, const std::string& authorization)
{
    const HostRule rule = host_.rules().rule_for(question.url);
    HttpRequest request{question.url, question.headers, std::nullopt, rule.tls, question.method, question.body,
                        question.body_size};
    if (question.url.scheme != "https" && !rule.insecure)
        throw Error{ErrorKind::Failure, cat(request.shown_method(), " \"", question.url.shown(),
                                            "\": an address without https is refused")}
            .with_hint("mark the registry as insecure in registries.conf, or use --tls-verify=false");
    if (!authorization.empty())
        request.headers.push_back(cat("Authorization: ", authorization));
    TextSink sink;
    HttpExchange exchange{client, std::move(request), sink};
    while (!exchange.is_finished())
        client.wait({}, 1min);
    exchange.rethrow_if_failed();
    if (const auto& failure = exchange.failure()) {
        if (failure->is_transient)
            throw Interrupted{failure->error, std::nullopt};
        throw Error{failure->error};
    }
    Answer answer{exchange.head().status, exchange.head(), {}, question.url};
    answer.body = answer.is_success() ? std::move(sink.text) : exchange.error_body();
    return answer;
}

void UploadSession::introduce_ourselves()
{
    std::call_once(introduced_, [&] {
        if (authorization().empty())
            (void)ask_once({"GET", host_.api("")});
    });
}

Answer UploadSession::ask_once(const Question& question)
{
    const IgnoreSigpipe no_signals;
    // A registry may hand uploads to another host: what we know about the user is none of its business.
    const bool is_ours = question.url.same_origin(host_.api(""));
    if (question.body && is_ours)
        introduce_ourselves();
    auto client = borrow_client();
    std::string used = is_ours ? authorization() : std::string{};
    Answer answer = send(*client, question, used);
    if (answer.status == 401 && is_ours && !question.body && answer_challenge(answer, used)) {
        used = authorization();
        answer = send(*client, question, used);
    }
    {
        const std::lock_guard guard{clients_mutex_}; // not after an exception: who knows what state it is in
        idle_clients_.push_back(std::move(client));
    }
    if (is_worth_another_try(answer.status))
        throw Interrupted{make_registry_error(answer.status, answer.body),
                          find_retry_after(answer.head.header("retry-after"))};
    if (answer.status == 401 && is_ours && question.body && answer_challenge(answer, used))
        throw Interrupted{make_registry_error(answer.status, answer.body), 0s}; // the token ran out
    return answer;
}

Answer UploadSession::ask(const Question& question, const std::function<BodyReader()>& make_body)
{
    Patience patience{host_.options(), host_.options().limits};
    for (;;) {
        Question attempt = question;
        if (make_body)
            attempt.body = make_body();
        try {
            return ask_once(attempt);
        } catch (const Interrupted& failure) {
            patience.wait_after(failure);
        }
    }
}

} // namespace skiff::registry
