#include "store/blobs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/digest.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

namespace skiff::store::blobs {
namespace {

std::string path_of(const std::string& digest) { return cat("blobs/sha256/", oci::Digest::parse(digest).hex); }

} // namespace

std::string put(const Root& root, std::string_view data)
{
    std::string digest = oci::Digest::of(data).text();
    root.save(path_of(digest), data, Durability::None);
    return digest;
}

std::optional<std::string> find(const Root& root, const std::string& digest)
{
    return find_record(root.data(), path_of(digest));
}

std::optional<std::string> find_anywhere(const Root& root, const std::string& digest)
{
    auto data = find(root, digest);
    if (!data)
        for (const OtherStore& other : root.others())
            if ((data = find_record(other.data.get(), path_of(digest))))
                break;
    return data;
}

std::string load(const Root& root, const std::string& digest)
{
    auto data = find_anywhere(root, digest);
    if (!data)
        throw Error{ErrorKind::NotFound, cat("blob ", printable(digest), " is not in the store")};
    return std::move(*data);
}

std::vector<std::string> list(const Root& root)
{
    std::vector<std::string> digests;
    for (const DirectoryEntry& entry : list_place(root.data(), "blobs/sha256"))
        if (is_id(entry.name))
            digests.push_back(cat("sha256:", entry.name));
    return digests;
}

void remove(const Root& root, const std::string& digest) { remove_file_at(root.data(), path_of(digest)); }

} // namespace skiff::store::blobs
