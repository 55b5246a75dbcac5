// The records of a tar split, as the compressed file holds them. Stores are shared between users (additional stores), so this is a
// file of strangers, too.

#include "archive/compression.hpp"
#include "archive/tar_split.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include "require.hpp"

#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

using namespace skiff;
using namespace skiff::archive;

namespace {

struct BoundedSink : ByteSink
{
    void write(std::string_view data) override
    {
        size += data.size();
        if (size > 64U << 20U)
            throw Error{ErrorKind::Failure, "enough"};
    }
    void finish() override {}
    std::size_t size = 0;
};

/// A layer with one file, and a link beside it that leads out.
int layer_directory()
{
    static const TempDir directory{"/tmp", "skiff-split-fuzz-"};
    static const UniqueFd fd = [] {
        UniqueFd opened = open_at(AT_FDCWD, directory.path(), O_RDONLY | O_DIRECTORY);
        save_atomically(opened.get(), "f", "content", Durability::None);
        require(::symlinkat("/etc", opened.get(), "link") == 0);
        return opened;
    }();
    return fd.get();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const int diff = layer_directory();
    const UniqueFd split{::memfd_create("split", MFD_CLOEXEC)};
    FdSink file{split.get()};
    ZstdSink compressed{file, 1};
    compressed.write("skiff tar split 1\n");
    compressed.write({reinterpret_cast<const char*>(data), size});
    compressed.finish();
    BoundedSink sink;
    try {
        rebuild_tar(split.get(), diff, sink);
    } catch (const Error&) { // damaged
    }
    return 0;
}
