#include "base/idle_memory.hpp"

#include <array>
#include <cstdint>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace skiff {
namespace {

struct Range
{
    std::uintptr_t start, end;
};
/// The program, libslirp's friends and what glibc brings are a dozen objects of three such segments.
struct Ranges
{
    std::array<Range, 128> list;
    std::size_t count = 0;
};

int note_segments(dl_phdr_info* object, std::size_t /*size*/, void* opaque)
{
    auto& ranges = *static_cast<Ranges*>(opaque);
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        // What the dynamic linker relocates lies in writable segments, also where it is made read-only later: the others are
        // as in the file and can be read from there again.
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0 || ranges.count == ranges.list.size())
            continue;
        ranges.list.at(ranges.count++) = {(object->dlpi_addr + segment.p_vaddr) & ~(page - 1),
                                          object->dlpi_addr + segment.p_vaddr + segment.p_filesz};
    }
    return 0;
}

} // namespace

void release_idle_memory() noexcept
{
    ::malloc_trim(0);
    // The table of segments lies in the first one: reading on in it would bring that back, on recent kernels 2 MiB at a time.
    Ranges ranges;
    ::dl_iterate_phdr(note_segments, &ranges);
    for (std::size_t i = 0; i < ranges.count; ++i)
        ::madvise(reinterpret_cast<void*>(ranges.list[i].start), // NOLINT: addresses are what we have
                  ranges.list[i].end - ranges.list[i].start, MADV_DONTNEED);
}

} // namespace skiff
