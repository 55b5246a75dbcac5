// The one program of the tests' own image: small, static, and able to tell what it sees from inside a container.
//
//     probe VERB [WORD...] [then VERB [WORD...]]...
//
// runs one verb after the other and stops at the first that fails; its code is the exit code.

#include <algorithm>
#include <array>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <linux/keyctl.h>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void die(const std::string& what)
{
    std::fprintf(stderr, "probe: %s: %s\n", what.c_str(), std::strerror(errno));
    std::exit(1);
}

std::string slurp(int fd)
{
    std::string text;
    std::array<char, 65536> buffer{};
    ssize_t got = 0;
    while ((got = ::read(fd, buffer.data(), buffer.size())) > 0)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
}

int print_words(const Words& words)
{
    std::string line;
    for (const std::string& word : words)
        line += (line.empty() ? "" : " ") + word;
    std::puts(line.c_str());
    return 0;
}

int print_errors(const Words& words)
{
    std::string line;
    for (const std::string& word : words)
        line += (line.empty() ? "" : " ") + word;
    std::fprintf(stderr, "%s\n", line.c_str());
    return 0;
}

int print_files(const Words& words)
{
    if (words.empty()) {
        const std::string input = slurp(0);
        std::fwrite(input.data(), 1, input.size(), stdout);
        return 0;
    }
    for (const std::string& name : words) {
        const int fd = ::open(name.c_str(), O_RDONLY);
        if (fd < 0)
            die(name);
        const std::string text = slurp(fd);
        std::fwrite(text.data(), 1, text.size(), stdout);
        ::close(fd);
    }
    return 0;
}

int list_directory(const Words& words)
{
    Words names;
    DIR* dir = ::opendir(words.empty() ? "." : words[0].c_str());
    if (dir == nullptr)
        die(words[0]);
    while (const dirent* entry = ::readdir(dir))
        if (entry->d_name[0] != '.')
            names.emplace_back(entry->d_name);
    ::closedir(dir);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names)
        std::puts(name.c_str());
    return 0;
}

int print_file_status(const Words& words)
{
    for (const std::string& name : words) {
        struct stat s{};
        if (::lstat(name.c_str(), &s) != 0)
            die(name);
        std::printf("%s %o %u:%u %lld\n", name.c_str(), s.st_mode, s.st_uid, s.st_gid, static_cast<long long>(s.st_size));
    }
    return 0;
}

int write_file(const Words& words)
{
    const int fd = ::open(words.at(0).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        die(words[0]);
    const std::string text = words.size() > 1 ? words[1] : slurp(0);
    if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        die(words[0]);
    ::close(fd);
    return 0;
}

/// What comes of opening a file: "ok" or the error's name.
int try_open(const Words& words)
{
    const bool writing = words.size() > 1 && words[1] == "w";
    const int fd = ::open(words.at(0).c_str(), (writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK);
    std::puts(fd < 0 ? ::strerrorname_np(errno) : "ok");
    if (fd >= 0)
        ::close(fd);
    return 0;
}

int print_link(const Words& words)
{
    std::array<char, 4096> target{};
    if (::readlink(words.at(0).c_str(), target.data(), target.size() - 1) < 0)
        die(words[0]);
    std::puts(target.data());
    return 0;
}

int count_input(const Words&)
{
    std::printf("%zu bytes\n", slurp(0).size());
    return 0;
}

/// Answers every line; "quit N" ends with N.
int converse(const Words&)
{
    std::puts("ready");
    std::fflush(stdout);
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), stdin) != nullptr) {
        const std::string text{line.data(), std::strcspn(line.data(), "\r\n")};
        if (text.starts_with("quit"))
            return text.size() > 5 ? std::atoi(text.c_str() + 5) : 0;
        std::printf("got %s\n", text.c_str());
        std::fflush(stdout);
    }
    std::puts("end of input");
    return 0;
}

/// One field of /proc/self/status (CapEff, Seccomp, NoNewPrivs, ...).
int print_process_status(const Words& words)
{
    const int fd = ::open("/proc/self/status", O_RDONLY);
    const std::string text = slurp(fd);
    ::close(fd);
    for (const std::string& word : words) {
        const std::size_t at = text.find("\n" + word + ":\t");
        const std::size_t begin = at + word.size() + 3;
        std::puts(at == std::string::npos ? "?" : text.substr(begin, text.find('\n', begin) - begin).c_str());
    }
    return 0;
}

int print_limit(const Words& words)
{
    rlimit limit{};
    const int resource = words.at(0) == "nofile" ? RLIMIT_NOFILE : words[0] == "core" ? RLIMIT_CORE : RLIMIT_NPROC;
    ::getrlimit(resource, &limit);
    std::printf("%llu %llu\n", static_cast<unsigned long long>(limit.rlim_cur), static_cast<unsigned long long>(limit.rlim_max));
    return 0;
}

int print_session_keyring(const Words&)
{
    return std::printf("%ld\n", ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)) > 0 ? 0 : 1;
}

/// Uses up all the keys that its user may have, until it ends.
int hoard_keys(const Words&)
{
    for (int number = 0; ::syscall(SYS_add_key, "user", std::to_string(number).c_str(), "x", 1, KEY_SPEC_SESSION_KEYRING) >= 0;)
        ++number;
    std::puts(errno == EDQUOT ? "full" : std::strerror(errno));
    std::fflush(stdout);
    ::pause();
    return 0;
}

/// Leaves a dead grandchild to process 1: "reaped", if it buries it.
int make_orphan(const Words&)
{
    std::array<int, 2> link{};
    if (::pipe(link.data()) != 0)
        die("pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        const pid_t grandchild = ::fork();
        if (grandchild == 0)
            ::_exit(0);
        if (::write(link[1], &grandchild, sizeof grandchild) < 0)
            ::_exit(1);
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(grandchild), &ended, WEXITED | WNOWAIT);
        ::_exit(0);
    }
    pid_t grandchild = 0;
    if (::read(link[0], &grandchild, sizeof grandchild) < 0)
        die("read");
    ::waitpid(child, nullptr, 0);
    for (int tries = 0; tries < 200; ++tries) {
        if (::kill(grandchild, 0) != 0)
            return std::puts("reaped"), 0;
        ::usleep(5000);
    }
    return std::puts("a zombie stays"), 0;
}

/// Puts a character into the queue of the terminal on standard input, as if typed: "ok" or the error's name.
int push_input(const Words&)
{
    const char letter = 'x';
    std::puts(::ioctl(0, TIOCSTI, &letter) == 0 ? "ok" : ::strerrorname_np(errno));
    return 0;
}

int print_times(const Words& words)
{
    for (long i = 1; i <= std::stol(words.at(0)); ++i) {
        std::printf("%s %ld\n", words.at(1).c_str(), i);
        std::fflush(stdout);
    }
    return 0;
}

/// Exactly the descriptors that were there at exec, with what they are.
int print_fds(const Words&)
{
    std::vector<int> fds;
    DIR* dir = ::opendir("/proc/self/fd");
    if (dir == nullptr)
        die("/proc/self/fd");
    while (const dirent* entry = ::readdir(dir))
        if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != ::dirfd(dir))
            fds.push_back(std::atoi(entry->d_name));
    std::sort(fds.begin(), fds.end());
    for (const int fd : fds)
        std::printf("%d ", fd);
    std::puts("");
    return 0;
}

int print_ids(const Words&)
{
    std::printf("uid=%u gid=%u groups=", ::getuid(), ::getgid());
    std::array<gid_t, 256> groups{};
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    std::sort(groups.begin(), groups.begin() + std::max(count, 0));
    for (int i = 0; i < count; ++i)
        std::printf("%s%u", i == 0 ? "" : ",", groups.at(static_cast<std::size_t>(i)));
    std::puts("");
    return 0;
}

int print_environment(const Words&)
{
    for (char** entry = environ; *entry != nullptr; ++entry)
        std::puts(*entry);
    return 0;
}

/// One HTTP answer for whoever comes, for ever (or once).
int serve(const Words& words)
{
    const int listener = ::socket(AF_INET6, SOCK_STREAM, 0);
    const int yes = 1, no = 0;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(std::stoi(words.at(0))));
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 16) != 0)
        die("listening");
    std::puts("listening");
    std::fflush(stdout);
    for (;;) {
        sockaddr_in6 peer{};
        socklen_t size = sizeof peer;
        const int client = ::accept(listener, reinterpret_cast<sockaddr*>(&peer), &size);
        if (client < 0)
            continue;
        std::array<char, 4096> request{};
        if (::read(client, request.data(), request.size()) < 0)
            die("reading");
        std::array<char, INET6_ADDRSTRLEN> text{};
        ::inet_ntop(AF_INET6, &peer.sin6_addr, text.data(), text.size());
        const std::string body = words.size() > 1 ? words[1] : std::string{text.data()};
        const std::string answer = "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        if (::write(client, answer.data(), answer.size()) < 0)
            die("writing");
        ::close(client);
    }
}

/// Echoes one datagram after the other.
int serve_udp(const Words& words)
{
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(words.at(0))));
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        die("binding");
    std::puts("listening");
    std::fflush(stdout);
    for (;;) {
        std::array<char, 65536> data{};
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const ssize_t got = ::recvfrom(fd, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
        if (got >= 0)
            ::sendto(fd, data.data(), static_cast<std::size_t>(got), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
}

/// The whole answer of an HTTP server.
std::vector<std::string> name_servers()
{
    std::ifstream file{"/etc/resolv.conf"};
    std::vector<std::string> servers;
    for (std::string word, server; file >> word;)
        if (word == "nameserver" && file >> server)
            servers.push_back(server);
    return servers;
}

/// As resolvers do: the next server is asked when one refuses. `type` is 1 (A) or 28 (AAAA).
std::vector<std::string> resolve_name(const std::string& name, std::uint8_t type)
{
    std::string query{"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12};
    std::istringstream labels{name};
    for (std::string label; std::getline(labels, label, '.');)
        query += static_cast<char>(label.size()) + label;
    query += std::string{'\0', '\0', static_cast<char>(type), '\0', '\1'};
    std::vector<std::string> found;
    for (const std::string& server : name_servers()) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(53);
        if (::inet_pton(AF_INET, server.c_str(), &address.sin_addr) != 1)
            continue;
        const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
        const timeval patience{3, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        std::array<unsigned char, 4096> answer{};
        ::sendto(fd, query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
        const ssize_t got = ::recv(fd, answer.data(), answer.size(), 0);
        ::close(fd);
        if (got < 12 || (answer[3] & 15U) == 5)
            continue;
        const std::size_t count = answer[7];
        std::size_t at = query.size();
        for (std::size_t i = 0; i < count && at + 12 <= static_cast<std::size_t>(got); ++i) {
            const std::size_t size = answer[at + 11];
            std::array<char, INET6_ADDRSTRLEN> text{};
            ::inet_ntop(type == 1 ? AF_INET : AF_INET6, &answer[at + 12], text.data(), text.size());
            if (answer[at + 3] == type)
                found.emplace_back(text.data());
            at += 12 + size;
        }
        break;
    }
    return found;
}

/// NAME [6]: its addresses, a line each.
int resolve(const Words& words)
{
    const auto addresses = resolve_name(words.at(0), words.size() > 1 ? 28 : 1);
    for (const std::string& address : addresses)
        std::puts(address.c_str());
    return addresses.empty() ? 1 : 0;
}

int fetch(const Words& words)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{3, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); // of connect, too
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(words.at(1))));
    if (::inet_pton(AF_INET, words.at(0).c_str(), &address.sin_addr) != 1) {
        const auto addresses = resolve_name(words.at(0), 1);
        if (addresses.empty())
            die("resolving");
        ::inet_pton(AF_INET, addresses[0].c_str(), &address.sin_addr);
    }
    const std::string request = "GET / HTTP/1.0\r\n\r\n";
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        die("connecting");
    const std::string answer = slurp(fd);
    std::fwrite(answer.data(), 1, answer.size(), stdout);
    return answer.empty() ? 1 : 0;
}

int connect_to(const Words& words)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(words.at(1))));
    ::inet_pton(AF_INET, words.at(0).c_str(), &address.sin_addr);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        die("connecting");
    const std::string answer = slurp(fd);
    std::fwrite(answer.data(), 1, answer.size(), stdout);
    return 0;
}

/// ADDRESS PORT COUNT: opens so many connections at once, says after two seconds at most how many it got, and keeps them.
int hold_connections(const Words& words)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(words.at(1))));
    ::inet_pton(AF_INET, words.at(0).c_str(), &address.sin_addr);
    std::vector<pollfd> waiting;
    for (int count = std::stoi(words.at(2)); count > 0; --count) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fd < 0)
            die("socket");
        (void)::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
        waiting.push_back({fd, POLLOUT, 0});
    }
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{2};
    std::size_t connected = 0;
    for (auto now = std::chrono::steady_clock::now(); now < limit && !waiting.empty(); now = std::chrono::steady_clock::now()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - now);
        (void)::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
        connected += static_cast<std::size_t>(std::count_if(waiting.begin(), waiting.end(), [](const pollfd& p) { return p.revents == POLLOUT; }));
        std::erase_if(waiting, [](const pollfd& p) { return p.revents != 0; });
    }
    std::printf("holding %zu\n", connected);
    return 0;
}

/// Says which signals come; ends at TERM unless told to be stubborn.
int watch_signals(const Words& words)
{
    const bool stubborn = !words.empty() && words[0] == "stubborn";
    sigset_t all; // waited for, not handled: none is lost between two looks
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    std::puts("ready");
    std::fflush(stdout);
    for (int number = 0; ::sigwait(&all, &number) == 0;) {
        std::printf("signal %d\n", number);
        std::fflush(stdout);
        if (number == SIGTERM && !stubborn)
            return 7;
    }
    return 1;
}

int print_terminal(const Words&)
{
    winsize size{};
    if (::ioctl(0, TIOCGWINSZ, &size) != 0)
        return std::puts("no terminal"), 0;
    std::printf("%u rows %u columns\n", size.ws_row, size.ws_col);
    return 0;
}

int flood(const Words& words)
{
    const long bytes = std::stol(words.at(0));
    const std::string block(65536, 'x');
    for (long left = bytes; left > 0;) {
        const ssize_t put = ::write(1, block.data(), static_cast<std::size_t>(std::min<long>(left, 65536)));
        if (put < 0)
            die("writing");
        left -= put;
    }
    return 0;
}

int run_child(const Words& words)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::vector<char*> argv;
        for (const std::string& word : words)
            argv.push_back(const_cast<char*>(word.c_str()));
        argv.push_back(nullptr);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

/// Mounts a file system at the directory whose server, this process, never answers.
int mount_silence(const Words& words)
{
    const int server = ::open("/dev/fuse", O_RDWR);
    const std::string options = "fd=" + std::to_string(server) + ",rootmode=40000,user_id=0,group_id=0";
    if (server < 0 || ::mount("silence", words.at(0).c_str(), "fuse", 0, options.c_str()) != 0)
        die("mounting a silent file system");
    std::puts("silent");
    std::fflush(stdout);
    for (;;)
        ::pause();
}

/// Leaves process group, session and parent behind, and stays. "stubborn": TERM does not end it.
int make_daemon(const Words& words)
{
    if (::fork() == 0) {
        ::setsid();
        if (::fork() == 0) {
            if (!words.empty() && words[0] == "stubborn")
                ::signal(SIGTERM, SIG_IGN);
            for (int fd = 0; fd < 3; ++fd)
                ::close(fd);
            for (;;)
                ::pause();
        }
        ::_exit(0);
    }
    ::wait(nullptr);
    return 0;
}

/// One system call by number: prints its result or the error's name.
int system_call(const Words& words)
{
    std::array<long, 7> numbers{};
    for (std::size_t i = 0; i < words.size() && i < numbers.size(); ++i)
        numbers.at(i) = std::stol(words[i], nullptr, 0);
    const long result = ::syscall(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
    if (result < 0)
        std::printf("%s\n", ::strerrorname_np(errno));
    else
        std::printf("%ld\n", result);
    return 0;
}

/// So many MiB, touched.
int eat_memory(const Words& words)
{
    const std::size_t size = std::stoul(words.at(0)) << 20U;
    auto* memory = static_cast<char*>(std::malloc(size));
    for (std::size_t at = 0; memory != nullptr && at < size; at += 4096)
        memory[at] = 1;
    return std::puts("full"), 0;
}

/// How many of so many children there can be at once.
int fork_children(const Words& words)
{
    int made = 0;
    for (int i = std::stoi(words.at(0)); i > 0; --i) {
        const pid_t child = ::fork();
        if (child == 0)
            for (;;)
                ::pause();
        made += child > 0 ? 1 : 0;
    }
    return std::printf("%d\n", made), 0;
}

/// A message to the service manager.
int notify(const Words& words)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, std::getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    const std::string& text = words.at(0);
    if (::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
        die(address.sun_path);
    return 0;
}

/// Looks at the variables and descriptors of everybody else for some seconds, and says when a word is among them.
int spy(const Words& words)
{
    const auto read = [](const std::string& path) {
        std::string text(65536, '\0');
        const int fd = ::open(path.c_str(), O_RDONLY);
        const ssize_t got = fd < 0 ? 0 : ::read(fd, text.data(), text.size());
        ::close(fd);
        text.resize(static_cast<std::size_t>(got > 0 ? got : 0));
        return text;
    };
    std::puts("ready");
    std::fflush(stdout);
    const time_t end = ::time(nullptr) + std::stol(words.at(1));
    long looked = 0;
    while (::time(nullptr) < end)
        for (int pid = 2; pid < 100; ++pid) {
            const std::string process = "/proc/" + std::to_string(pid);
            const std::string variables = read(process + "/environ");
            looked += variables.empty() ? 0 : 1;
            if (variables.find(words.at(0)) != std::string::npos)
                std::puts("seen");
        }
    std::puts(looked > 0 ? "looked" : "blind");
    return 0;
}

struct Verb
{
    const char* name;
    int (*run)(const Words&);
};

constexpr Verb verbs[] = {
    {"echo", print_words},
    {"eat", eat_memory},
    {"fork", fork_children},
    {"notify", notify},
    {"complain", print_errors},
    {"cat", print_files},
    {"ls", list_directory},
    {"stat", print_file_status},
    {"write", write_file},
    {"fds", print_fds},
    {"open", try_open},
    {"readlink", print_link},
    {"count", count_input},
    {"converse", converse},
    {"status", print_process_status},
    {"limit", print_limit},
    {"session-keyring", print_session_keyring},
    {"hoard-keys", hoard_keys},
    {"orphan", make_orphan},
    {"push-input", push_input},
    {"daemon", make_daemon},
    {"silence", mount_silence},
    {"repeat", print_times},
    {"ids", print_ids},
    {"env", print_environment},
    {"serve", serve},
    {"serve-udp", serve_udp},
    {"connect", connect_to},
    {"hold", hold_connections},
    {"fetch", fetch},
    {"resolve", resolve},
    {"signals", watch_signals},
    {"terminal", print_terminal},
    {"flood", flood},
    {"child", run_child},
    {"spy", spy},
    {"syscall", system_call},
    {"pwd", [](const Words&) { return std::puts(::getcwd(nullptr, 0)), 0; }},
    {"hostname", [](const Words&) { std::array<char, 256> name{}; ::gethostname(name.data(), name.size()); return std::puts(name.data()), 0; }},
    {"pid", [](const Words&) { return std::printf("%d\n", ::getpid()), 0; }},
    {"exit", [](const Words& words) { return std::stoi(words.at(0)); }},
    {"sleep", [](const Words& words) { ::usleep(static_cast<useconds_t>(std::stod(words.at(0)) * 1e6)); return 0; }},
    {"forever", [](const Words&) -> int { std::puts("ready"); std::fflush(stdout); for (;;) ::pause(); }},
    {"mkdir", [](const Words& words) { return ::mkdir(words.at(0).c_str(), 0755) != 0 ? (die(words[0]), 1) : 0; }},
    {"rm", [](const Words& words) { return ::remove(words.at(0).c_str()) != 0 ? (die(words[0]), 1) : 0; }},
    {"rename", [](const Words& words) { return ::rename(words.at(0).c_str(), words.at(1).c_str()) != 0 ? (die(words[0]), 1) : 0; }},
    {"chown", [](const Words& words) { return ::chown(words.at(0).c_str(), static_cast<uid_t>(std::stoul(words.at(1))), static_cast<gid_t>(std::stoul(words.at(2)))) != 0 ? (die(words[0]), 1) : 0; }},
    {"link", [](const Words& words) { return ::symlink(words.at(0).c_str(), words.at(1).c_str()) != 0 ? (die(words[1]), 1) : 0; }},
    {"suicide", [](const Words& words) { ::kill(::getpid(), std::stoi(words.at(0))); ::pause(); return 0; }},
    {"kill", [](const Words& words) { return ::kill(std::stoi(words.at(0)), std::stoi(words.at(1))) != 0 ? (die("kill"), 1) : 0; }},
};

int run_verb(const std::string& name, const Words& words)
{
    for (const Verb& verb : verbs)
        if (name == verb.name)
            return verb.run(words);
    std::fprintf(stderr, "probe: unknown word %s\n", name.c_str());
    return 64;
}

} // namespace

int main(int argc, char** argv)
{
    const Words words(argv + 1, argv + argc);
    int code = words.empty() ? 64 : 0;
    for (auto word = words.begin(); word != words.end() && code == 0;) {
        const auto end = std::find(word, words.end(), "then");
        code = run_verb(*word, Words(std::next(word), end));
        std::fflush(stdout);
        word = end == words.end() ? end : std::next(end);
    }
    return code;
}
