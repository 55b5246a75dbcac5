#include "base/role.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <sys/mman.h>

namespace skiff {
namespace {

constexpr std::string_view argv0_prefix = "skiff: ";
constexpr std::size_t max_request = 1U << 20U;

UniqueFd sealed_request(const std::string& json)
{
    UniqueFd fd{::memfd_create("skiff-request", MFD_CLOEXEC)};
    if (!fd)
        throw Error{errno, "making a request"};
    write_all(fd.get(), json, "request");
    if (::lseek(fd.get(), 0, SEEK_SET) != 0)
        throw Error{errno, "making a request"};
    return fd;
}

} // namespace

ChildProcess spawn_role(const RoleRequest& request)
{
    const UniqueFd request_fd = sealed_request(request.json);
    SpawnRequest spawn;
    // A command line cannot begin like this by accident: argv[0] is a program's name there.
    spawn.argv = {cat(argv0_prefix, request.role, request.title.empty() ? "" : " ", request.title)};
    UniqueFd own;
    spawn.exec_fd = request.program_fd;
    if (spawn.exec_fd < 0) {
        own = open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
        spawn.exec_fd = own.get();
    }
    spawn.fds = request.stdio;
    spawn.fds.emplace_back(request_fd.get(), role_request_fd);
    int target = first_role_fd;
    for (const int fd : request.fds)
        spawn.fds.emplace_back(fd, target++);
    spawn.new_session = true;
    spawn.directory = "/";
    return spawn_process(spawn);
}

std::optional<RoleStart> find_role(int argc, char** argv)
{
    if (argc != 1)
        return std::nullopt;
    std::string_view title{argv[0]};
    if (!title.starts_with(argv0_prefix))
        return std::nullopt;
    title.remove_prefix(argv0_prefix.size());
    RoleStart start;
    start.role = title.substr(0, title.find(' '));
    const UniqueFd request{role_request_fd};
    ::fcntl(request.get(), F_SETFD, FD_CLOEXEC);
    start.json = read_all(request.get(), max_request, "request");
    return start;
}

} // namespace skiff
