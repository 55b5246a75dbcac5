// The floor under `run --rm --network none`: a program that makes the same namespaces, mounts and exec with nothing around it.
// What skiff takes longer than this is what skiff adds.
//
//     start_floor LAYER WORK COMMAND...     LAYER: the lowest directory; WORK: a directory for upper, work and merged

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <ftw.h>
#include <linux/sched.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void check(bool good, const char* what)
{
    if (!good) {
        std::fprintf(stderr, "start_floor: %s: %s\n", what, std::strerror(errno));
        std::exit(1);
    }
}

void mount_or_die(const char* source, const char* target, const char* type, unsigned long flags, const char* data)
{
    check(::mount(source, target, type, flags, data) == 0, target);
}

/// The subordinate range of the calling user, as "START COUNT" of the first line that names it.
std::array<std::string, 2> find_range(const char* file)
{
    std::FILE* stream = std::fopen(file, "r");
    check(stream != nullptr, file);
    const std::string user = std::getenv("USER") == nullptr ? "" : std::getenv("USER");
    char line[512];
    while (std::fgets(line, sizeof line, stream) != nullptr) {
        const std::string text = line;
        if (!text.starts_with(user + ":"))
            continue;
        const std::size_t first = text.find(':');
        const std::size_t second = text.find(':', first + 1);
        std::fclose(stream);
        return {text.substr(first + 1, second - first - 1), text.substr(second + 1, text.size() - second - 2)};
    }
    check(false, "no subordinate range");
    return {};
}

/// Both helpers side by side, from a child outside the namespace.
void map_ids(pid_t target, unsigned uid, unsigned gid, int go)
{
    const auto uids = find_range("/etc/subuid");
    const auto gids = find_range("/etc/subgid");
    char byte = 0;
    check(::read(go, &byte, 1) == 1, "waiting");
    const std::string pid = std::to_string(target);
    const std::string outer_uid = std::to_string(uid);
    const std::string outer_gid = std::to_string(gid);
    const pid_t second = ::fork();
    if (second == 0) {
        ::execl("/usr/bin/newgidmap", "newgidmap", pid.c_str(), "0", outer_gid.c_str(), "1", "1", gids[0].c_str(), gids[1].c_str(), nullptr);
        ::_exit(1);
    }
    const pid_t first = ::fork();
    if (first == 0) {
        ::execl("/usr/bin/newuidmap", "newuidmap", pid.c_str(), "0", outer_uid.c_str(), "1", "1", uids[0].c_str(), uids[1].c_str(), nullptr);
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(first, &status, 0);
    int status2 = 0;
    ::waitpid(second, &status2, 0);
    ::_exit(status | status2);
}

} // namespace

int main(int argc, char** argv)
{
    check(argc > 3, "LAYER WORK COMMAND");
    const std::string work = std::string{argv[2]} + "/" + std::to_string(::getpid()); // as every container has its own
    std::array<int, 2> go{};
    check(::pipe(go.data()) == 0, "pipe");
    const unsigned uid = ::getuid();
    const unsigned gid = ::getgid();
    const pid_t self = ::getpid();
    const pid_t helper = ::fork();
    if (helper == 0)
        map_ids(self, uid, gid, go[0]);
    check(::unshare(CLONE_NEWUSER) == 0, "unshare");
    check(::write(go[1], "x", 1) == 1, "write");
    int status = 0;
    ::waitpid(helper, &status, 0);
    check(status == 0, "mapping ids");
    check(::unshare(CLONE_NEWNS) == 0, "unshare mounts");
    mount_or_die(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    for (const char* name : {"", "/upper", "/work", "/merged"})
        ::mkdir((work + name).c_str(), 0755);
    const std::string root = work + "/merged";
    mount_or_die("overlay", root.c_str(), "overlay", 0,
                 ("userxattr,lowerdir=" + std::string{argv[1]} + ",upperdir=" + work + "/upper,workdir=" + work + "/work,volatile").c_str());

    clone_args args{};
    args.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNS;
    args.exit_signal = SIGCHLD;
    const auto child = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
    check(child >= 0, "clone3");
    if (child == 0) {
        check(::chdir(root.c_str()) == 0, "chdir");
        for (const char* name : {"proc", "dev", "sys"})
            ::mkdir(name, 0755);
        mount_or_die("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
        mount_or_die("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755");
        for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
            const std::string node = std::string{"dev/"} + name;
            ::close(::open(node.c_str(), O_CREAT | O_WRONLY, 0666));
            mount_or_die((std::string{"/dev/"} + name).c_str(), node.c_str(), nullptr, MS_BIND, nullptr);
        }
        for (const char* name : {"dev/pts", "dev/shm", "dev/mqueue"})
            ::mkdir(name, 0755);
        mount_or_die("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
        mount_or_die("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m");
        mount_or_die("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
        mount_or_die("sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, nullptr);
        check(::syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
        check(::umount2(".", MNT_DETACH) == 0, "umount");
        ::execv(argv[3], argv + 3);
        check(false, argv[3]);
    }
    ::waitpid(child, &status, 0);
    ::umount2(root.c_str(), MNT_DETACH);
    ::nftw(
        work.c_str(), [](const char* path, const struct stat*, int, FTW*) { return ::remove(path); }, 16, FTW_DEPTH | FTW_PHYS);
    return WEXITSTATUS(status);
}
