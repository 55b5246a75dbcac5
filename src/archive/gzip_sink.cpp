#include "archive/gzip_sink.hpp"

#include "base/error.hpp"
#include "base/lazy_library.hpp"

#include <algorithm>
#include <isa-l/igzip_lib.h>
#include <vector>

namespace skiff::archive {
namespace {

constexpr std::size_t piece_bytes = 512U * 1024U;

struct IsaL
{
    LazyLibrary library{"libisal.so.2", "install the package libisal2"};
    decltype(isal_deflate_init)* init = library.function<decltype(isal_deflate_init)>("isal_deflate_init");
    decltype(isal_deflate)* deflate = library.function<decltype(isal_deflate)>("isal_deflate");
};

const IsaL& isal()
{
    static const IsaL loaded;
    return loaded;
}

struct Step
{
    std::uint32_t level;
    std::uint32_t memory;
};

/// ISA-L's level 0 has a fixed Huffman table and is no match for what registries hold.
Step step_for(int level)
{
    if (level <= 1)
        return {1, ISAL_DEF_LVL1_DEFAULT};
    if (level <= 5)
        return {2, ISAL_DEF_LVL2_DEFAULT};
    return {3, ISAL_DEF_LVL3_DEFAULT};
}

} // namespace

struct GzipSink::Stream
{
    isal_zstream state;
    std::vector<std::uint8_t> memory;
};

GzipSink::GzipSink(ByteSink& inner, int level)
    : inner_{inner}, stream_{std::make_unique<Stream>()}, output_(piece_bytes, '\0')
{
    const Step step = step_for(level);
    stream_->memory.resize(step.memory);
    isal_zstream& state = stream_->state;
    isal().init(&state);
    state.level = step.level;
    state.level_buf = stream_->memory.data();
    state.level_buf_size = step.memory;
    state.gzip_flag = IGZIP_GZIP;
    state.flush = NO_FLUSH;
    input_.reserve(piece_bytes);
}

GzipSink::~GzipSink() = default;

void GzipSink::pump(bool last)
{
    isal_zstream& state = stream_->state;
    state.next_in = reinterpret_cast<std::uint8_t*>(input_.data());
    state.avail_in = static_cast<std::uint32_t>(input_.size());
    state.end_of_stream = last ? 1 : 0;
    do {
        state.next_out = reinterpret_cast<std::uint8_t*>(output_.data());
        state.avail_out = static_cast<std::uint32_t>(output_.size());
        if (isal().deflate(&state) != COMP_OK)
            throw Error{ErrorKind::Failure, "gzip: compressing failed"};
        inner_.write({output_.data(), output_.size() - state.avail_out});
    } while (state.avail_out == 0 || state.avail_in > 0);
    input_.clear();
}

void GzipSink::write(std::string_view data)
{
    while (!data.empty()) {
        const std::size_t size = std::min(data.size(), piece_bytes - input_.size());
        input_ += data.substr(0, size);
        data.remove_prefix(size);
        if (input_.size() == piece_bytes)
            pump(false);
    }
}

void GzipSink::finish()
{
    pump(true);
    inner_.finish();
}

void preload_gzip_sink() { (void)isal(); }

} // namespace skiff::archive
