#include "cli/front.hpp"

#include "base/defer.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "cli/help.hpp"
#include "cli/parser.hpp"
#include "cli/build_info.hpp"
#include "text/shell_words.hpp"

#include <csignal>
#include <exception>
#include <fcntl.h>
#include <new>
#include <unistd.h>

namespace skiff::cli {
namespace {

/// What we call ourselves in texts. Links named like the programs that we stand in for speak as they do.
std::string program_name(std::string_view argv0)
{
    const std::size_t slash = argv0.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? argv0 : argv0.substr(slash + 1);
    for (const std::string_view known : {"podman", "docker"})
        if (name == known)
            return std::string{known};
    return "skiff";
}

/// Compose programs fail with this; 126 and 127 tell of a command in a container, as everywhere.
constexpr int compose_failure = 1;

/// `docker-compose up` is `docker compose up`.
std::vector<std::string> collect_words(int argc, char** argv)
{
    std::vector<std::string> words(argv, argv + argc);
    if (words.empty())
        words.emplace_back("skiff");
    constexpr std::string_view compose = "-compose";
    if (words[0].ends_with(compose)) {
        words[0].resize(words[0].size() - compose.size());
        words.insert(words.begin() + 1, "compose");
    }
    // What tools ask first of a compose program.
    if (words.size() == 3 && words[1] == "compose" && (words[2] == "--version" || words[2] == "-v"))
        words[2] = "version";
    return words;
}

/// A caller may have closed some of the three: what is opened next must not take their numbers and be taken for them.
void open_missing_streams()
{
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0)
            (void)::open("/dev/null", O_RDWR); // the lowest free number is this one; without close-on-exec, as they are
}

void print(const std::string& text) { write_all(STDOUT_FILENO, text, "standard output"); }

/// A bad --log-level is reported before there is a logger: without "Error:", and with 1, as Podman does.
bool apply_globals(const GlobalOptions& options)
{
    try {
        apply(options);
        return true;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Usage)
            throw;
        write_all(STDERR_FILENO, cat(error.message(), "\n"), "standard error");
        return false;
    }
}

/// The command line for the log: the values of secret options are not for it.
std::string loggable_line(const Invocation& invocation)
{
    std::vector<std::string> words = invocation.words;
    for (const Given& given : invocation.given)
        if (given.option->is_secret && !given.value.empty())
            for (std::string& word : words)
                if (word.ends_with(given.value) && word.size() - given.value.size() <= given.option->name.size() + 3)
                    word.replace(word.size() - given.value.size(), given.value.size(), "***");
    return text::join_shell_words(words);
}

/// With the lines of --log-level info and below that say what ran, and that it came to its end.
int run_command(const Invocation& invocation)
{
    log::info(cat(invocation.program, " ", program_version, " is called as ", loggable_line(invocation)));
    log::debug(cat("running `", invocation.path, "`"));
    for (const Given& given : invocation.given)
        log::trace(cat("option --", given.option->name, " is ", given.option->is_secret ? "***" : text::shell_quote(given.value)));
    log::trace(cat(invocation.operands.size(), " operand(s)"));
    const Defer last_line{[] { log::debug("Shutting down engines"); }}; // scripts wait for Podman's words
    return invocation.command->body(invocation);
}

int run_line(const ParsedLine& line)
{
    const Invocation& invocation = line.invocation;
    if (!apply_globals(invocation.global))
        return 1;
    switch (line.wants) {
    case ParsedLine::Wants::Help:
        print(make_help(line));
        return 0;
    case ParsedLine::Wants::Version:
        print(cat(invocation.program, " version ", program_version, "\n"));
        return 0;
    case ParsedLine::Wants::MissingCommand:
        print(make_help(line));
        throw Error{ErrorKind::Usage, cat("missing command '", invocation.path, " COMMAND'")};
    case ParsedLine::Wants::Run:
        break;
    }
    return run_command(invocation);
}

} // namespace

std::string describe(const Error& error)
{
    std::string text = cat("Error: ", printable(error.message(), true), "\n");
    if (!error.hint().empty())
        text += cat("hint: ", printable(error.hint(), true), "\n");
    return text;
}

void print_error(const Error& error)
{
    const std::string text = describe(error);
    (void)!::write(STDERR_FILENO, text.data(), text.size()); // where should a failure of this be told?
}

int exit_code_of(const std::function<int()>& work)
{
    try {
        return work();
    } catch (const Error& error) {
        print_error(error);
        return exit_code(error.kind());
    } catch (const std::exception& error) {
        print_error(Error{ErrorKind::Failure, error.what()});
        return exit_code(ErrorKind::Failure);
    }
}

int run_command_line(int argc, char** argv)
{
    // A reader that goes away (`skiff ps | head -1`) ends us quietly.
    std::signal(SIGPIPE, SIG_DFL);
    open_missing_streams();
    bool is_compose = false;
    try {
        const std::vector<std::string> words = collect_words(argc, argv);
        is_compose = words.size() > 1 && words[1] == "compose"; // in case the line cannot be read
        const ParsedLine line = parse_command_line(words, program_name(words[0]));
        is_compose = line.invocation.path.starts_with(cat(line.invocation.program, " compose"));
        return run_line(line);
    } catch (const Error& error) {
        print_error(error);
        const int code = exit_code(error.kind());
        return is_compose && code == exit_code(ErrorKind::Failure) ? compose_failure : code;
    } catch (const std::bad_alloc&) {
        print_error(Error{ErrorKind::Failure, "out of memory"});
    } catch (const std::exception& error) {
        print_error(Error{ErrorKind::Failure, cat("this is a defect of skiff: ", error.what())});
    }
    return exit_code(ErrorKind::Failure);
}

} // namespace skiff::cli
