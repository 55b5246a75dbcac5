// From a source of images into the store: a part of pull.hpp that pull, load and the built-in image share.
//
// Every missing layer is fetched by the source in this thread and unpacked by a confined process of its own, which reads the
// stream from a pipe, hashes it on both sides of the decompression, and writes into a directory that nobody sees until the
// layer's digests were found right. Claims on all layers, taken from the lowest up, make sure that several pulls of one image
// fetch each layer once, and that no garbage collection takes away what an image is about to need.

#include "archive/unpack_worker.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "engine/pull.hpp"

#include <list>

namespace skiff::engine {
namespace {

std::string short_digest(const std::string& hex) { return hex.substr(0, 12); }

class Relay : public registry::ProgressListener
{
  public:
    explicit Relay(Progress& progress) : progress_{progress} {}
    void progress(const oci::Digest& blob, std::uint64_t done, std::uint64_t total) override
    {
        progress_.blob(short_digest(blob.hex), done, total);
    }

  private:
    Progress& progress_;
};

/// One layer on its way into the store.
struct Arrival
{
    store::LayerClaim claim;
    oci::Descriptor descriptor;
    std::string diff_id;
    std::string parent;
    std::optional<archive::UnpackJob> job;
    bool done = false;
};

archive::UnpackJob start_unpacking(Engine& engine, Arrival& arrival, const std::vector<std::string>* lower)
{
    const UniqueFd tar_split = open_at(arrival.claim.directory(), "tar-split.zst", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    std::vector<UniqueFd> lower_dirs;
    archive::UnpackRequest request;
    request.diff_dir = arrival.claim.diff();
    request.tar_split = tar_split.get();
    request.single_id = engine.identity().single_id;
    request.for_others = engine.store().root().is_shared();
    request.compressed_size = arrival.descriptor.size;
    request.compressed_digest = arrival.descriptor.digest.text();
    request.diff_id = arrival.diff_id;
    request.title = short_digest(arrival.descriptor.digest.hex);
    request.has_lower = lower != nullptr;
    for (const std::string& path : lower != nullptr ? *lower : std::vector<std::string>{}) {
        lower_dirs.push_back(open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY));
        request.lower_dirs.push_back(lower_dirs.back().get());
    }
    return archive::UnpackJob::start(request);
}

/// Waits for the unpacking, which compares the digests, and commits the layer.
void finish(Engine& engine, Arrival& arrival)
{
    const archive::UnpackResult result =
        while_doing(cat("unpacking layer ", short_digest(arrival.descriptor.digest.hex)), [&] { return arrival.job->finish(); });
    for (const std::string& warning : result.warnings)
        log::warn(cat("layer ", short_digest(arrival.descriptor.digest.hex), ": ", warning));
    store::Layer layer;
    layer.parent = arrival.parent;
    layer.diff_id = arrival.diff_id;
    layer.size = result.unpacked_bytes;
    layer.files = result.files;
    layer.tar_size = result.plain_size;
    if (result.compressed_digest != result.diff_id) {
        layer.compressed_digest = result.compressed_digest;
        layer.compressed_size = result.compressed_size;
    }
    layer.media_type = arrival.descriptor.media_type;
    layer.one_id = engine.identity().single_id;
    layer.created = wall_now();
    arrival.claim.commit(layer);
    arrival.done = true;
}

void fetch(Engine& engine, registry::ImageSource& source, std::vector<Arrival*> arrivals, Progress& progress,
           const std::vector<std::string>* lower)
{
    std::vector<registry::BlobRequest> requests;
    for (Arrival* arrival : arrivals) {
        registry::BlobRequest request;
        request.descriptor = arrival->descriptor;
        request.verify = registry::Verify::Reader;
        request.open_sink = [&engine, arrival, lower] {
            arrival->job.emplace(start_unpacking(engine, *arrival, lower));
            return arrival->job->take_input();
        };
        request.on_complete = [&progress, arrival] { progress.blob_done(short_digest(arrival->descriptor.digest.hex), "done"); };
        requests.push_back(std::move(request));
    }
    Relay relay{progress};
    try {
        source.fetch(requests, relay);
    } catch (const Error& error) {
        // A worker that gave up closes its pipe: its own words are the reason.
        if (error.errno_value() == EPIPE)
            for (Arrival* arrival : arrivals)
                if (arrival->job && !arrival->done)
                    finish(engine, *arrival);
        throw;
    }
}

} // namespace

std::vector<store::LayerClaim> fetch_layers(Engine& engine, registry::ImageSource& source, const registry::ImageDocument& document, Progress& progress)
{
    engine.enter_user_namespace();
    store::Store& store = engine.store();
    const std::vector<std::string> chain = oci::chain_ids(document.config.diff_ids);
    std::list<Arrival> arrivals;
    std::vector<Arrival*> missing;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const oci::Descriptor& descriptor = document.manifest.layers.at(i);
        auto claim = store.layers().try_claim(chain[i]);
        if (!claim) {
            progress.say(cat("Waiting for another process that fetches layer ", short_digest(descriptor.digest.hex)));
            claim.emplace(store.layers().claim(chain[i]));
        }
        arrivals.push_back({std::move(*claim), descriptor, document.config.diff_ids[i].text(), i == 0 ? "" : chain[i - 1], {}, false});
        if (arrivals.back().claim.is_present())
            progress.blob_done(short_digest(descriptor.digest.hex), "already exists");
        else
            missing.push_back(&arrivals.back());
    }
    if (!missing.empty())
        fetch(engine, source, missing, progress, nullptr);
    // In order, so that a layer that needs a file of a lower one (hard links) finds it when it is fetched again.
    std::vector<std::string> lower;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        Arrival& arrival = *std::next(arrivals.begin(), static_cast<std::ptrdiff_t>(i));
        if (!arrival.claim.is_present()) {
            try {
                finish(engine, arrival);
            } catch (const archive::NeedsLower&) {
                fetch(engine, source, {&arrival}, progress, &lower);
                finish(engine, arrival);
            }
        }
        lower.insert(lower.begin(), store.layers().diff_path(chain[i])); // topmost first
    }
    std::vector<store::LayerClaim> claims;
    for (Arrival& arrival : arrivals)
        claims.push_back(std::move(arrival.claim));
    return claims;
}

store::Image store_image(Engine& engine, registry::ImageSource& source, const registry::ImageDocument& document,
                         const std::vector<std::string>& names, Progress& progress)
{
    const std::vector<store::LayerClaim> layers = fetch_layers(engine, source, document, progress);
    store::Store& store = engine.store();
    progress.say(cat("Copying config ", short_digest(document.manifest.config.digest.hex), " done"));
    progress.say("Writing manifest to image destination"); // what scripts know the end by
    const store::StoreUse use = store.use();
    return store.images().put({document.manifest_bytes, document.manifest.media_type, document.config_bytes, names}, use);
}

} // namespace skiff::engine
