#include "base/idle_memory.hpp"

#include <cstdint>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace skiff {
namespace {

int release_segments(dl_phdr_info* object, std::size_t /*size*/, void* /*opaque*/)
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        // What the dynamic linker relocates lies in writable segments, also where it is made read-only later: the others are
        // as in the file and can be read from there again.
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0)
            continue;
        const std::uintptr_t start = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_filesz;
        ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED); // NOLINT: addresses are what we have
    }
    return 0;
}

} // namespace

void release_idle_memory() noexcept
{
    ::malloc_trim(0);
    ::dl_iterate_phdr(release_segments, nullptr);
}

} // namespace skiff
