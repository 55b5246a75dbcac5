#pragma once

#include "base/cat.hpp"

#include <exception>
#include <string>
#include <utility>

namespace skiff {

/// What went wrong, as far as a caller or a script needs to tell cases apart. It decides the exit code.
enum class ErrorKind {
    Failure,         ///< 125: the engine could not do it
    Usage,           ///< 125: the command line is wrong; printed with "See 'skiff X --help'"
    NotFound,        ///< 125 (1 for the rm family): no such container, image, volume ...
    InUse,           ///< 125 (2 for the rm family): it is there, and something else needs it
    State,           ///< 125 (2 for rm of a running container): the container is not in a state that allows it
    NotExecutable,   ///< 126: the command exists and cannot be executed, or the container could not be set up
    CommandNotFound, ///< 127: the command does not exist in the image
    ExecSession,     ///< 255: exec in a container that is not running
};

/// The exit code that belongs to `kind` for commands without a rule of their own.
int exit_code(ErrorKind kind);

/// The kernel's word for `errno_value`, lower case as Go programs print it ("permission denied").
std::string errno_text(int errno_value);

/// The only thing this program throws on purpose.
class Error : public std::exception
{
  public:
    /// `doing` completes "Error: ...": the message becomes "<doing>: <errno's words>".
    Error(int errno_value, std::string doing);
    Error(ErrorKind kind, std::string message);
    /// A failure whose words come from elsewhere while errno is still known.
    Error(ErrorKind kind, int errno_value, std::string message);

    /// What the user can do about it; printed on a line of its own. The innermost hint wins.
    [[nodiscard]] Error with_hint(std::string hint) &&;
    /// Puts "<doing>: " in front of the message.
    void add_context(const std::string& doing);
    void add_hint(std::string hint);
    void set_kind(ErrorKind kind) { kind_ = kind; }

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    [[nodiscard]] int errno_value() const { return errno_; }
    [[nodiscard]] const std::string& message() const { return message_; }
    [[nodiscard]] const std::string& hint() const { return hint_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  private:
    ErrorKind kind_;
    int errno_ = 0;
    std::string message_;
    std::string hint_;
};

/// Runs `work`; an Error that leaves it gets "<doing>: " in front.
template <typename Work>
decltype(auto) while_doing(const std::string& doing, Work&& work)
{
    try {
        return std::forward<Work>(work)();
    } catch (Error& error) {
        error.add_context(doing);
        throw;
    }
}

} // namespace skiff
