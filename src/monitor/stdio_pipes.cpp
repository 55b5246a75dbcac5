#include "monitor/stdio_pipes.hpp"

#include "base/error.hpp"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

struct Pipe
{
    UniqueFd read, write;
};

Pipe make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw Error{errno, "making a pipe for the container's streams"};
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

} // namespace

StdioPipes make_stdio(bool tty, bool in)
{
    StdioPipes pipes;
    pipes.stdio.tty = tty;
    if (tty)
        return pipes;
    if (in) {
        Pipe input = make_pipe();
        pipes.stdio.in = input.read.get();
        pipes.theirs.push_back(std::move(input.read));
        pipes.ours.in = std::move(input.write);
    }
    Pipe output = make_pipe();
    Pipe errors = make_pipe();
    pipes.stdio.out = output.write.get();
    pipes.stdio.err = errors.write.get();
    pipes.ours.out = std::move(output.read);
    pipes.ours.err = std::move(errors.read);
    pipes.theirs.push_back(std::move(output.write));
    pipes.theirs.push_back(std::move(errors.write));
    return pipes;
}

} // namespace skiff::monitor
