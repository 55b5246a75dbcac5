#pragma once

#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/process.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

/// What the workers of this room (unpack_worker.hpp, layer_worker.hpp) have in common: a process of ours that gives one
/// answer, in JSON, or the error that it met.
namespace skiff::archive {

/// Reaped by its owner. Dropping it before finish() kills it.
class WorkerProcess
{
  public:
    /// `doing` begins the message when it dies: "unpacking".
    WorkerProcess(ChildProcess process, Channel answer, std::string_view doing)
        : process_{std::move(process)}, answer_{std::move(answer)}, doing_{doing}
    {
    }
    WorkerProcess(WorkerProcess&& other) noexcept
        : process_{std::move(other.process_)},
          answer_{std::move(other.answer_)},
          doing_{other.doing_},
          reaped_{std::exchange(other.reaped_, true)}
    {
    }
    WorkerProcess& operator=(WorkerProcess&&) = delete;
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    ~WorkerProcess();

    /// Readable when it has answered or died.
    [[nodiscard]] int answer_fd() const { return answer_.fd(); }
    /// Waits for the answer and the end. The answer may be an error: see throw_error_of. Throws when there is none.
    std::string finish();

  private:
    ChildProcess process_;
    Channel answer_;
    std::string_view doing_;
    bool reaped_ = false;
};

/// What a worker answers: bytes that are no UTF-8 are replaced.
std::string dump_answer(const nlohmann::json& answer);
/// An answer that is an error; its texts are cut so that it fits one message.
nlohmann::json make_error_answer(const Error& error);
/// The error in an answer, when it is one.
void throw_error_of(const nlohmann::json& answer);

} // namespace skiff::archive
