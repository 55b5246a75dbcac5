#include "archive/worker_process.hpp"

#include "base/cat.hpp"
#include "text/json_fields.hpp"

#include <csignal>
#include <nlohmann/json.hpp>

namespace skiff::archive {
namespace {

constexpr std::size_t max_text = 8000;

} // namespace

WorkerProcess::~WorkerProcess()
{
    if (reaped_)
        return;
    answer_.close();
    try {
        (void)process_.pidfd().send_signal(SIGKILL);
        (void)process_.wait();
    } catch (const Error&) { // it is gone already; there is nobody to tell
    }
}

std::string WorkerProcess::finish()
{
    auto message = answer_.receive();
    const ExitStatus status = process_.wait();
    reaped_ = true;
    if (message)
        return std::move(message->data);
    if (status.signal != 0)
        throw Error{ErrorKind::Failure, cat(doing_, ": the worker was killed by signal ", status.signal)};
    throw Error{ErrorKind::Failure,
                cat(doing_, ": the worker ended with code ", status.code, " and without an answer")};
}

std::string dump_answer(const nlohmann::json& answer)
{
    return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json make_error_answer(const Error& error)
{
    return {{"error", error.message().substr(0, max_text)},
            {"errno", error.errno_value()},
            {"hint", error.hint().substr(0, max_text)}};
}

void throw_error_of(const nlohmann::json& answer)
{
    const text::JsonFields fields{answer};
    const auto message = fields.find_text("error");
    if (!message)
        return;
    Error error{ErrorKind::Failure, static_cast<int>(fields.integer_or("errno", 0)), *message};
    if (const std::string hint = fields.text_or("hint", ""); !hint.empty())
        error.add_hint(hint);
    throw error;
}

} // namespace skiff::archive
