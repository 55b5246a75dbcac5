#include "base/file.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

/// Runs a fuzz target over the files of a directory, each of them whole and cut off at every byte: what parsers of
/// foreign bytes most often get wrong is the end.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// Longer examples are cut off in this many places only.
constexpr std::size_t cuts_limit = 512;

std::string current_file; // NOLINT: named by the signal handler, too

void run(const std::string& input)
{
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

void run_with_beginnings(const std::string& input)
{
    run(input);
    const std::size_t step = std::max<std::size_t>(1, input.size() / cuts_limit);
    for (std::size_t size = 0; size < input.size(); size += step)
        run(input.substr(0, size));
}

extern "C" void name_the_file(int)
{
    const std::string& name = current_file;
    (void)!::write(STDERR_FILENO, name.data(), name.size());
    (void)!::write(STDERR_FILENO, "\n", 1);
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: NAME_fuzz DIRECTORY\n", stderr);
        return 2;
    }
    std::signal(SIGABRT, name_the_file);
    const skiff::UniqueFd corpus = skiff::open_at(AT_FDCWD, argv[1], O_RDONLY | O_DIRECTORY);
    int files = 0;
    for (const skiff::DirectoryEntry& entry : skiff::list_directory(corpus.get())) {
        current_file = std::string{argv[1]} + "/" + entry.name;
        run_with_beginnings(skiff::read_file(corpus.get(), entry.name));
        ++files;
    }
    std::printf("%d examples\n", files);
    return files == 0 ? 1 : 0;
}
