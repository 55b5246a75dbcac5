#include "monitor/control.hpp"

#include "base/overloaded.hpp"

#include <nlohmann/json.hpp>

namespace skiff::monitor {
namespace {

using nlohmann::json;

json to_message(const AttachRequest& r) { return {{"type", "attach"}, {"in", r.in}, {"out", r.out}, {"err", r.err}}; }
json to_message(const ExecRequest& r)
{
    return {{"type", "exec"},      {"id", r.id},           {"argv", r.argv},   {"env", r.env},
            {"dir", r.working_dir}, {"user", r.user},       {"tty", r.tty},     {"in", r.in},
            {"detached", r.detached}, {"privileged", r.privileged}, {"fds", r.preserve_fds}, {"rows", r.rows},
            {"columns", r.columns}};
}
json to_message(const StartRequest&) { return {{"type", "start"}}; }
json to_message(const KillRequest& r) { return {{"type", "kill"}, {"signal", r.signal}}; }
json to_message(const StopRequest& r)
{
    return {{"type", "stop"}, {"signal", r.signal}, {"timeout", r.timeout_s}, {"no_timeout", r.no_timeout}};
}
json to_message(const RestartRequest& r)
{
    return {{"type", "restart"}, {"signal", r.signal}, {"timeout", r.timeout_s}};
}
json to_message(const PauseRequest& r) { return {{"type", "pause"}, {"pause", r.pause}}; }
json to_message(const ResizeRequest& r) { return {{"type", "resize"}, {"rows", r.rows}, {"columns", r.columns}}; }
json to_message(const CloseStdin&) { return {{"type", "close-stdin"}}; }
json to_message(const CloseOutput& r) { return {{"type", "close-output"}, {"err", r.err}}; }
json to_message(const WaitRequest& r) { return {{"type", "wait"}, {"for_good", r.for_good}}; }
json to_message(const HealthRequest&) { return {{"type", "health"}}; }
json to_message(const ReloadRequest&) { return {{"type", "reload"}}; }
json to_message(const TreeRequest& r) { return {{"type", "tree"}, {"path", r.path}}; }

json to_message(const Done& a) { return {{"type", "done"}, {"killed", a.killed}, {"warnings", a.warnings}}; }
json to_message(const Started& a)
{
    return {{"type", "started"}, {"pid", a.pid}, {"killed", a.killed}, {"warnings", a.warnings}};
}
json to_message(const Exited& a)
{
    return {{"type", "exited"}, {"code", a.code}, {"signal", a.signal}, {"reason", a.reason}};
}
json to_message(const Failed& a)
{
    return {{"type", "failed"},
            {"kind", static_cast<int>(a.kind)},
            {"errno", a.errno_value},
            {"message", a.message},
            {"hint", a.hint}};
}
json to_message(const HealthAnswer& a)
{
    return {{"type", "health"}, {"status", a.status}, {"code", a.exit_code}, {"output", a.output}};
}

/// Output of programs may be anything; JSON text must be UTF-8.
std::string dump(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace); }

json parse(std::string_view text)
{
    try {
        return json::parse(text);
    } catch (const json::exception& problem) {
        throw Error{ErrorKind::Failure, cat("reading a control message: ", problem.what())};
    }
}

/// Wraps the library's complaint about a field of the wrong type.
template <typename Work>
auto reading(Work&& work)
{
    try {
        return std::forward<Work>(work)();
    } catch (const json::exception& problem) {
        throw Error{ErrorKind::Failure, cat("reading a control message: ", problem.what())};
    }
}

ExecRequest to_exec(const json& m)
{
    ExecRequest r;
    m.at("id").get_to(r.id);
    m.at("argv").get_to(r.argv);
    m.at("env").get_to(r.env);
    m.at("dir").get_to(r.working_dir);
    m.at("user").get_to(r.user);
    m.at("tty").get_to(r.tty);
    m.at("in").get_to(r.in);
    m.at("detached").get_to(r.detached);
    m.at("privileged").get_to(r.privileged);
    m.at("fds").get_to(r.preserve_fds);
    m.at("rows").get_to(r.rows);
    m.at("columns").get_to(r.columns);
    return r;
}

} // namespace

std::string encode(const Request& request)
{
    return dump(std::visit([](const auto& r) { return to_message(r); }, request));
}

std::string encode(const Answer& answer)
{
    return dump(std::visit([](const auto& a) { return to_message(a); }, answer));
}

std::string encode(Stream stream, std::string_view bytes)
{
    std::string message;
    message.reserve(bytes.size() + 1);
    message += static_cast<char>(stream);
    message += bytes;
    return message;
}

bool is_stream(std::string_view message) { return !message.empty() && message[0] != '{'; }

StreamBytes decode_stream(std::string_view message)
{
    return {static_cast<Stream>(message[0]), message.substr(1)};
}

Request decode_request(std::string_view message)
{
    const json m = parse(message);
    return reading([&]() -> Request {
        const std::string type = m.at("type");
        if (type == "attach")
            return AttachRequest{m.at("in"), m.at("out"), m.at("err")};
        if (type == "exec")
            return to_exec(m);
        if (type == "start")
            return StartRequest{};
        if (type == "kill")
            return KillRequest{m.at("signal")};
        if (type == "stop")
            return StopRequest{m.at("signal"), m.at("timeout"), m.at("no_timeout")};
        if (type == "restart")
            return RestartRequest{m.at("signal"), m.at("timeout")};
        if (type == "pause")
            return PauseRequest{m.at("pause")};
        if (type == "resize")
            return ResizeRequest{m.at("rows"), m.at("columns")};
        if (type == "close-stdin")
            return CloseStdin{};
        if (type == "close-output")
            return CloseOutput{m.at("err")};
        if (type == "wait")
            return WaitRequest{m.at("for_good")};
        if (type == "health")
            return HealthRequest{};
        if (type == "reload")
            return ReloadRequest{};
        if (type == "tree")
            return TreeRequest{m.at("path")};
        throw Error{ErrorKind::Failure, cat("reading a control message: unknown request ", quoted(type))};
    });
}

Answer decode_answer(std::string_view message)
{
    const json m = parse(message);
    return reading([&]() -> Answer {
        const std::string type = m.at("type");
        if (type == "done")
            return Done{m.at("killed"), m.at("warnings")};
        if (type == "started")
            return Started{m.at("pid"), m.at("killed"), m.at("warnings")};
        if (type == "exited")
            return Exited{m.at("code"), m.at("signal"), m.at("reason")};
        if (type == "failed")
            return Failed{static_cast<ErrorKind>(m.at("kind").get<int>()), m.at("errno"), m.at("message"), m.at("hint")};
        if (type == "health")
            return HealthAnswer{m.at("status"), m.at("code"), m.at("output")};
        throw Error{ErrorKind::Failure, cat("reading a control message: unknown answer ", quoted(type))};
    });
}

Failed make_failed(const Error& error) { return {error.kind(), error.errno_value(), error.message(), error.hint()}; }

void rethrow(const Failed& failed)
{
    Error error{failed.kind, failed.errno_value, failed.message};
    if (!failed.hint.empty())
        error.add_hint(failed.hint);
    throw error;
}

} // namespace skiff::monitor
