#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::store {

struct OtherStore;

/// What lists and containers need to know of an image; all else is in its configuration blob.
struct Image
{
    std::string id;                   ///< 64 hex digits: the sha256 of its configuration
    std::string digest;               ///< "sha256:..." of the manifest that came last
    std::string media_type;           ///< of that manifest
    std::vector<std::string> digests; ///< of all manifests it came with
    std::vector<std::string> layers;  ///< chain ids, lowest first
    std::uint64_t size = 0;           ///< bytes: its unpacked layers, the configuration, the manifest
    WallTime created;                 ///< as the image says; text::zero_time when it does not
    WallTime added;                   ///< when it came into the store
    std::string os, architecture, variant;
    std::map<std::string, std::string> labels;

    /// The directory of the store that it lies in, where that is an additional one: nothing of it can be changed. Empty:
    /// this store. Not part of the record.
    std::string other_store;
    [[nodiscard]] bool is_read_only() const { return !other_store.empty(); }
    /// Of a list of images for several platforms, which has neither configuration nor layers of its own: where each of
    /// its manifests is, by digest: "containers-storage:IMAGE-ID" or "docker://NAME@DIGEST".
    std::map<std::string, std::string> parts;
    [[nodiscard]] bool is_list() const; ///< `digest` names an index

    /// Full names with tag or digest, "docker.io/library/debian:12", sorted. Not part of the record: names are links.
    std::vector<std::string> names;

    /// Names with a tag, as RepoTags shows them.
    [[nodiscard]] std::vector<std::string> tags() const;
    /// Every repository that it has a name in, with each of its digests, as RepoDigests shows them.
    [[nodiscard]] std::vector<std::string> repo_digests() const;
};

/// All image records of a store (its data directory), without names; a damaged one is left out with a warning.
std::vector<Image> read_image_records(int data);
std::optional<Image> find_in_other(const OtherStore& other, const std::string& id);

} // namespace skiff::store
