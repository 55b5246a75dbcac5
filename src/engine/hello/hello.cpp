// The program of the built-in image "hello". It is freestanding (no C library, no start files), so that the whole image is a few
// kilobytes and can live inside skiff itself: `skiff run --rm hello` works with no registry in reach.

namespace {

using size = unsigned long;

#if defined(__x86_64__)
constexpr long nr_read = 0, nr_write = 1, nr_open = 2, nr_exit = 60, nr_getuid = 102, nr_getpid = 39;

long call(long number, long a, long b, long c)
{
    long result = 0;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
long open_file(const char* path) { return call(nr_open, reinterpret_cast<long>(path), 0, 0); }
#elif defined(__aarch64__)
constexpr long nr_read = 63, nr_write = 64, nr_openat = 56, nr_exit = 93, nr_getuid = 174, nr_getpid = 172;

long call(long number, long a, long b, long c, long d = 0)
{
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
long open_file(const char* path) { return call(nr_openat, -100, reinterpret_cast<long>(path), 0); }
#else
#error "the hello image knows x86-64 and arm64"
#endif

size length_of(const char* text)
{
    size length = 0;
    while (text[length] != '\0')
        ++length;
    return length;
}

void print(const char* text, size length) { call(nr_write, 1, reinterpret_cast<long>(text), static_cast<long>(length)); }
void print(const char* text) { print(text, length_of(text)); }

void print_number(long number)
{
    char digits[20];
    int at = 20;
    do {
        digits[--at] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number > 0);
    print(digits + at, static_cast<size>(20 - at));
}

void print_hostname()
{
    char name[65];
    const long file = open_file("/etc/hostname");
    const long got = file < 0 ? 0 : call(nr_read, file, reinterpret_cast<long>(name), 64);
    print(got > 1 ? name : "?", got > 1 ? static_cast<size>(got - 1) : 1);
}

} // namespace

extern "C" [[noreturn]] void _start()
{
    print("Hello from a container.\n\nWhat just happened:\n"
          "  1. skiff made a container of the image \"hello\", which is built into it.\n"
          "  2. It made a root file system of its only layer, which is in your store since the first time.\n"
          "  3. It started this program as process ");
    print_number(call(nr_getpid, 0, 0, 0));
    print(" and user ");
    print_number(call(nr_getuid, 0, 0, 0));
    print(" of a new set of namespaces, on the host called ");
    print_hostname();
    print(".\n     Outside, it is an ordinary process of yours: no root, no daemon.\n"
          "  4. When this program ends, nothing stays behind but the image.\n\n"
          "What to try next:\n"
          "  skiff images                                       what the store holds\n"
          "  skiff run -it docker.io/library/debian bash        a shell in a real distribution\n"
          "  skiff run -d --name web -p 8080:80 IMAGE           a service with a published port\n"
          "  skiff ps, skiff logs web, skiff exec -it web sh    living with it\n"
          "  skiff help run                                     everything else\n");
    call(nr_exit, 0, 0, 0);
    __builtin_unreachable();
}
