#include "archive/layer_recorder.hpp"

namespace skiff::archive {

void LayerRecorder::Stream::write(std::string_view data)
{
    hash.update(data);
    size += data.size();
    if (!is_content)
        split_.raw(data);
}

void LayerRecorder::add(const TarEntry& entry)
{
    tar_.add(entry);
    ++entries_;
    if (entry.type != EntryType::Regular || entry.size == 0)
        return;
    split_.file(entry.path, entry.size);
    bytes_ += entry.size;
}

void LayerRecorder::content(std::string_view bytes)
{
    stream_.is_content = true;
    tar_.content(bytes);
    stream_.is_content = false;
}

UnpackResult LayerRecorder::finish()
{
    tar_.finish();
    split_.finish();
    UnpackResult result;
    result.diff_id = "sha256:" + stream_.hash.finish_hex();
    result.compressed_digest = result.diff_id;
    result.plain_size = result.compressed_size = stream_.size;
    result.unpacked_bytes = bytes_;
    result.files = entries_;
    result.compression = "none";
    return result;
}

} // namespace skiff::archive
