#include "archive/layer_writer.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

namespace skiff::archive {
namespace {

constexpr std::size_t gather_bytes = 64U * 1024U;

UnpackJob start_job(const LayerWriterRequest& request)
{
    UnpackRequest unpack;
    unpack.diff_dir = request.diff_dir;
    unpack.tar_split = request.tar_split;
    unpack.single_id = request.single_id;
    unpack.has_lower = true; // a new layer links to its own files only
    unpack.title = request.title;
    return UnpackJob::start(unpack);
}

} // namespace

void LayerWriter::Pipe::put(std::string_view data)
{
    try {
        write_all(job_.input_fd(), data, "a layer");
    } catch (const Error& error) {
        if (error.errno_value() == EPIPE)
            (void)job_.finish(); // throws the reason
        throw;
    }
}

void LayerWriter::Pipe::flush()
{
    put(pending_);
    pending_.clear();
}

void LayerWriter::Pipe::write(std::string_view data)
{
    if (pending_.size() + data.size() > gather_bytes && !pending_.empty())
        flush();
    if (data.size() >= gather_bytes)
        put(data);
    else
        pending_ += data;
}

LayerWriter::LayerWriter(const LayerWriterRequest& request) : job_{start_job(request)} {}

void LayerWriter::add(const TarEntry& entry) { tar_.add(entry); }

void LayerWriter::content(std::string_view bytes) { tar_.content(bytes); }

UnpackResult LayerWriter::finish()
{
    tar_.finish();
    return job_.finish();
}

} // namespace skiff::archive
