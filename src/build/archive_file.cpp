#include "build/archive_file.hpp"

#include "archive/compression.hpp"
#include "archive/send_content.hpp"
#include "archive/tar_reader.hpp"
#include "archive/tree_writer.hpp"
#include "base/error.hpp"

#include <unistd.h>

namespace skiff::build {
namespace {

void rewind(int file)
{
    if (::lseek(file, 0, SEEK_SET) != 0)
        throw Error{errno, "reading an archive"};
}

} // namespace

bool is_archive(int file)
{
    rewind(file);
    bool found = false;
    try {
        archive::FdSource bytes{file};
        archive::DecompressingSource plain{bytes};
        archive::BufferedChunks chunks{plain};
        archive::TarReader reader{chunks};
        found = reader.next() != nullptr;
    } catch (const Error&) { // no archive: the answer
    }
    rewind(file);
    return found;
}

void unpack_context(int file, int into)
{
    archive::FdSource bytes{file};
    archive::DecompressingSource plain{bytes};
    archive::BufferedChunks chunks{plain};
    archive::TarReader reader{chunks};
    archive::TreeWriterOptions options;
    options.set_owners = false;
    options.replace_kinds = true;
    archive::TreeWriter writer{into, "", std::move(options)};
    while (const archive::TarEntry* entry = reader.next()) {
        writer.add(*entry);
        archive::send_content(reader, *entry, writer);
    }
    writer.finish();
}

} // namespace skiff::build
