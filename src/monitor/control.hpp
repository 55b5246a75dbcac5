#pragma once

#include "base/channel.hpp"
#include "base/error.hpp"
#include "model/health.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a command and a container's monitor say to each other on control.sock (SOCK_SEQPACKET). A conversation begins with
/// one request and belongs to it: attach, exec and run conversations then carry streams, all others get one answer.
///
/// The first byte of a message is its kind: '{' for a JSON control message, else a stream's letter followed by raw bytes.
namespace skiff::monitor {

enum class Stream : char { Stdin = 'i', Stdout = 'o', Stderr = 'e' };
constexpr std::size_t max_stream_bytes = 32U * 1024U; ///< of payload in one message

// ---- requests ------------------------------------------------------------------------------------------------------

/// Join the streams of the container's own process. Frames flow until Exited or until the client hangs up.
struct AttachRequest
{
    bool in = true, out = true, err = true;
};

/// Start a further process in the container. Answer: Started or Failed; then frames and Exited (unless detached).
struct ExecRequest
{
    std::string id; ///< 64 hex digits, made by the caller
    std::vector<std::string> argv;
    std::vector<std::string> env; ///< "NAME=value", on top of the container's own
    std::string working_dir;      ///< empty: the container's
    std::string user;             ///< empty: the container's
    bool tty = false;
    bool in = false;
    bool detached = false;
    bool privileged = false;
    std::uint32_t preserve_fds = 0; ///< so many descriptors come with the message, for 3, 4 ...
    std::uint16_t rows = 0, columns = 0;
};

struct StartRequest {};   ///< go on with an initialised container
struct KillRequest { int signal = 0; };
/// Stop: `signal`, then KILL after the time. The answer comes when the container has ended and is cleaned up.
struct StopRequest { int signal = 0; std::uint32_t timeout_s = 10; bool no_timeout = false; };
struct RestartRequest { int signal = 0; std::uint32_t timeout_s = 10; };
struct PauseRequest { bool pause = true; };
struct ResizeRequest { std::uint16_t rows = 0, columns = 0; }; ///< in an attach, run or exec conversation; no answer
struct CloseStdin {};      ///< the client's input has ended; no answer
struct CloseOutput { bool err = false; }; ///< whoever read stdout (stderr) of the client that began this has gone; no answer
/// Exited when the process has ended; with `for_good` not while the restart policy brings it back.
struct WaitRequest { bool for_good = false; };
struct HealthRequest {};   ///< run the health check now; answer: HealthAnswer
struct ReloadRequest {};   ///< config.json has changed (rename, update): read it again
struct TreeRequest { std::string path = "/"; }; ///< Done with a descriptor: a detached clone of the mount at `path` inside

using Request = std::variant<AttachRequest, ExecRequest, StartRequest, KillRequest, StopRequest, RestartRequest, PauseRequest,
                             ResizeRequest, CloseStdin, CloseOutput, WaitRequest, HealthRequest, ReloadRequest, TreeRequest>;

// ---- answers -------------------------------------------------------------------------------------------------------

/// The request was carried out; carries a descriptor for TreeRequest. `killed`: a stop had to use KILL in the end. `warnings`: what
/// of it cannot be had here.
struct Done { bool killed = false; std::vector<std::string> warnings; };
/// `killed`: a restart had to use KILL before.
struct Started { std::int32_t pid = 0; bool killed = false; std::vector<std::string> warnings; };
struct Exited { int code = 0; int signal = 0; std::string reason; };
struct Failed { ErrorKind kind = ErrorKind::Failure; int errno_value = 0; std::string message, hint; };
struct HealthAnswer { std::string status; int exit_code = 0; std::string output; };

using Answer = std::variant<Done, Started, Exited, Failed, HealthAnswer>;

std::string encode(const Request& request);
std::string encode(const Answer& answer);
std::string encode(Stream stream, std::string_view bytes);

/// A message is either a control message or bytes of a stream.
[[nodiscard]] bool is_stream(std::string_view message);
struct StreamBytes { Stream stream; std::string_view bytes; };
StreamBytes decode_stream(std::string_view message);
Request decode_request(std::string_view message);
Answer decode_answer(std::string_view message);

Failed make_failed(const Error& error);
/// Throws what `failed` tells.
[[noreturn]] void rethrow(const Failed& failed);

constexpr const char* control_socket = "control.sock";

} // namespace skiff::monitor
