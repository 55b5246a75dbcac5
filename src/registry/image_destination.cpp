#include "registry/image_destination.hpp"

#include <algorithm>
#include <cstring>

namespace skiff::registry {
namespace {

class MemoryReader final : public BlobReader
{
  public:
    MemoryReader(std::shared_ptr<const std::string> data, std::uint64_t skip)
        : data_{std::move(data)}, at_{std::min<std::uint64_t>(skip, data_->size())}
    {
    }
    std::size_t read(char* into, std::size_t room) override
    {
        const std::size_t size = std::min(room, data_->size() - at_);
        std::memcpy(into, data_->data() + at_, size);
        at_ += size;
        return size;
    }
    BlobFacts finish() override { return {oci::Digest::of(*data_), data_->size()}; }

  private:
    std::shared_ptr<const std::string> data_;
    std::size_t at_;
};

} // namespace

void ImageDestination::put_config(const std::string& bytes)
{
    const OutgoingBlob blob = make_memory_blob(bytes);
    oci::Descriptor descriptor;
    descriptor.digest = blob.known->digest;
    descriptor.size = blob.known->size;
    if (!find_blob(descriptor, {}))
        put_blob(blob);
}

void copy_blob(BlobReader& reader, const std::function<void(std::string_view)>& sink)
{
    std::vector<char> buffer(256U << 10U);
    while (const std::size_t size = reader.read(buffer.data(), buffer.size()))
        sink({buffer.data(), size});
}

OutgoingBlob make_memory_blob(const std::string& data)
{
    OutgoingBlob blob;
    blob.known = BlobFacts{oci::Digest::of(data), data.size()};
    blob.expected_size = data.size();
    blob.open = [copy = std::make_shared<const std::string>(data)](std::uint64_t skip) {
        return std::make_unique<MemoryReader>(copy, skip);
    };
    return blob;
}

} // namespace skiff::registry
