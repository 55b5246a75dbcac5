#include "base/error.hpp"

#include <cctype>
#include <cstring>

namespace skiff {

int exit_code(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::NotExecutable:
        return 126;
    case ErrorKind::CommandNotFound:
        return 127;
    case ErrorKind::ExecSession:
        return 255;
    case ErrorKind::Failure:
    case ErrorKind::Usage:
    case ErrorKind::NotFound:
    case ErrorKind::InUse:
    case ErrorKind::State:
        break;
    }
    return 125;
}

std::string errno_text(int errno_value)
{
    const char* known = ::strerrordesc_np(errno_value);
    if (known == nullptr)
        return cat("error ", errno_value);
    std::string text{known};
    // "Permission denied" but "RPC struct is bad": only a word that is not an acronym is lowered.
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

Error::Error(int errno_value, std::string doing)
    : kind_{ErrorKind::Failure}, errno_{errno_value}, message_{cat(doing, ": ", errno_text(errno_value))}
{
}

Error::Error(ErrorKind kind, std::string message) : kind_{kind}, message_{std::move(message)} {}

Error::Error(ErrorKind kind, int errno_value, std::string message)
    : kind_{kind}, errno_{errno_value}, message_{std::move(message)}
{
}

Error Error::with_hint(std::string hint) &&
{
    add_hint(std::move(hint));
    return std::move(*this);
}

void Error::add_context(const std::string& doing) { message_ = cat(doing, ": ", message_); }

void Error::add_hint(std::string hint)
{
    if (hint_.empty())
        hint_ = std::move(hint);
}

} // namespace skiff
