#include "engine/scp.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "engine/load.hpp"
#include "engine/push.hpp"
#include "engine/tag_image.hpp"
#include "registry/blob_sink.hpp"
#include "text/shell_words.hpp"

#include <array>
#include <cstdlib>
#include <unistd.h>

namespace skiff::engine {
namespace {

struct Pipe
{
    UniqueFd read_end, write_end;
    static Pipe make()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw Error{errno, "making a pipe"};
        return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    }
};

/// The user's own ssh, with the user's own configuration: so it is looked for where the user's programs are.
std::string find_ssh()
{
    const char* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
    std::string places = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
    for (std::size_t at = 0; at <= places.size();) {
        const std::size_t colon = std::min(places.find(':', at), places.size());
        const std::string candidate = cat(places.substr(at, colon - at), "/ssh");
        if (candidate.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
        at = colon + 1;
    }
    throw Error{ErrorKind::Failure, "ssh was not found in $PATH"}.with_hint("on Debian: apt install openssh-client");
}

std::vector<std::string> ssh_words(const ScpPlace& place)
{
    std::string host = place.host;
    std::vector<std::string> words{find_ssh()};
    if (host.starts_with("ssh://")) {
        host.erase(0, 6);
        host = host.substr(0, host.find('/'));
        const std::size_t colon = host.rfind(':');
        if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
            words.insert(words.end(), {"-p", host.substr(colon + 1)});
            host.resize(colon);
        }
    }
    if (host.empty() || host.starts_with('-')) // an option for ssh, not a host
        throw Error{ErrorKind::Usage, cat("invalid host ", quoted(place.host))};
    const std::string machine = host.substr(host.find('@') == std::string::npos ? 0 : host.find('@') + 1);
    if (machine == "localhost")
        throw Error{ErrorKind::Usage, cat("copying to or from another user of this machine is not possible: neither may enter the other's store")}
            .with_hint("as both users: skiff save IMAGE > FILE; skiff load < FILE");
    words.insert(words.end(), {"--", host});
    return words;
}

/// Whatever the other machine has.
std::string remote_command(const std::string& arguments)
{
    std::string command;
    for (const char* program : {"skiff", "podman", "docker"})
        command += cat(command.empty() ? "if" : "elif", " command -v ", program, " >/dev/null 2>&1; then exec ", program, " ", arguments, "; ");
    return command + "else echo 'neither skiff nor podman nor docker was found here' >&2; exit 127; fi";
}

class Ssh
{
  public:
    Ssh(const ScpPlace& place, const std::string& command, int input, int output) : host_{place.host}
    {
        SpawnRequest request;
        request.argv = ssh_words(place);
        request.argv.push_back(command);
        request.fds = {{STDERR_FILENO, STDERR_FILENO}, {output, STDOUT_FILENO}};
        if (input >= 0)
            request.fds.emplace_back(input, STDIN_FILENO);
        process_ = spawn_process(request);
    }
    void finish()
    {
        const ExitStatus status = process_.wait();
        if (status.code != 0)
            throw Error{ErrorKind::Failure, cat("ssh ", printable(host_), ": exit status ", status.code)};
    }

  private:
    std::string host_;
    ChildProcess process_;
};

std::string save_command(const ScpRequest& request)
{
    const bool is_oci = request.format == registry::DiskFormat::OciArchive;
    return remote_command(cat("save ", is_oci ? "--format oci-archive " : "", text::shell_quote(request.from.image)));
}

std::string read_lines(const UniqueFd& fd) { return read_all(fd.get(), 1U << 20U, "ssh's output"); }

std::string send_there(Engine& engine, const ScpRequest& request, Progress& progress)
{
    (void)engine.store().images().resolve(request.from.image); // before anybody is asked for a password
    engine.enter_user_namespace();
    Pipe input = Pipe::make();
    Pipe output = Pipe::make();
    Ssh ssh{request.to, remote_command("load"), input.read_end.get(), output.write_end.get()};
    input.read_end.reset();
    output.write_end.reset();
    const registry::IgnoreSigpipe no_signals;
    SaveRequest save;
    save.images = {request.from.image};
    if (!request.to.image.empty())
        save.images.push_back(request.to.image);
    save.only_names = true;
    save.format = request.format;
    save.output_fd = input.write_end.get();
    try {
        save_images(engine, save, progress);
    } catch (const Error& error) {
        if (error.errno_value() != EPIPE)
            throw;
        ssh.finish(); // its end is the reason
        throw;
    }
    input.write_end.reset();
    std::string lines = read_lines(output.read_end);
    ssh.finish();
    return lines;
}

std::string bring_here(Engine& engine, const ScpRequest& request, Progress& progress)
{
    engine.enter_user_namespace();
    Pipe output = Pipe::make();
    Ssh ssh{request.from, save_command(request), -1, output.write_end.get()};
    output.write_end.reset();
    std::string lines;
    std::optional<Error> failure;
    try {
        for (const std::string& name : load_images(engine, output.read_end.get(), request.from.host, progress)) {
            lines += cat("Loaded image: ", name, "\n");
            if (!request.to.image.empty()) {
                const std::string id = name.starts_with("sha256:") ? name.substr(7) : name;
                tag_image(engine, id, {request.to.image});
            }
        }
    } catch (const Error& error) {
        failure = error;
    }
    output.read_end.reset();
    ssh.finish(); // what went wrong over there is the reason of what went wrong here
    if (failure)
        throw *failure;
    return lines;
}

std::string pass_on(const ScpRequest& request)
{
    Pipe archive = Pipe::make();
    Pipe output = Pipe::make();
    Ssh from{request.from, save_command(request), -1, archive.write_end.get()};
    Ssh to{request.to, remote_command("load"), archive.read_end.get(), output.write_end.get()};
    archive.read_end.reset();
    archive.write_end.reset();
    output.write_end.reset();
    std::string lines = read_lines(output.read_end);
    from.finish();
    to.finish();
    return lines;
}

} // namespace

std::string copy_between_machines(Engine& engine, const ScpRequest& request, Progress& progress)
{
    if (request.from.host.empty() && request.to.host.empty())
        throw Error{ErrorKind::Usage, "one of the two places must be another machine, as in HOST::IMAGE"};
    if (request.from.image.empty())
        throw Error{ErrorKind::Usage, "the source needs the name of an image, as in HOST::IMAGE"};
    if (request.from.host.empty())
        return send_there(engine, request, progress);
    return request.to.host.empty() ? bring_here(engine, request, progress) : pass_on(request);
}

} // namespace skiff::engine
