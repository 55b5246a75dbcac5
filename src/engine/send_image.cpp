#include "engine/send_image.hpp"

#include "base/error.hpp"
#include "oci/media_type.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <poll.h>
#include <set>
#include <thread>

namespace skiff::engine {
namespace {

namespace media_type = oci::media_type;
using archive::Compression;
using registry::LayerForm;
using store::KnownBlob;

Compression compression_of(std::string_view type)
{
    if (type.ends_with("zstd"))
        return Compression::Zstd;
    return type.ends_with("gzip") ? Compression::Gzip : Compression::None;
}

std::string layer_type(const std::string& kind, Compression compression)
{
    if (kind == "docker")
        return std::string{compression == Compression::Gzip ? media_type::docker_layer_gzip : media_type::docker_layer};
    return std::string{compression == Compression::Gzip   ? media_type::oci_layer_gzip
                       : compression == Compression::Zstd ? media_type::oci_layer_zstd
                                                          : media_type::oci_layer};
}

std::string kind_of(const std::string& manifest_type)
{
    return manifest_type == media_type::docker_manifest ? "docker" : "oci";
}

/// What is to become of one layer.
struct LayerPlan
{
    LayerCoding coding;
    Compression result = Compression::None;
    std::vector<KnownBlob> instead; ///< forms of it that would do as well, if the destination has one
};

class Sending
{
  public:
    Sending(OutgoingImage& image, registry::ImageDestination& destination, const SendOptions& options,
            const store::blob_places::Places& places, Progress& progress)
        : image_{image}, destination_{destination}, options_{options}, places_{places}, progress_{progress},
          kind_{choose_kind()}
    {
    }

    SentImage run()
    {
        if (!options_.manifest_kind.empty() && kind_ == "docker" && options_.compression == Compression::Zstd)
            throw Error{ErrorKind::Usage, "zstd layers need the manifest format oci: v2s2 has no type for them"};
        send_layers();
        destination_.put_config(image_.config_bytes());
        progress_.say(cat("Copying config ", image_.manifest().config.digest.hex.substr(0, 12), " done"));
        SentImage sent = make_manifest();
        progress_.say("Writing manifest to image destination");
        destination_.put_manifest(sent.manifest, sent.media_type, options_.is_part);
        sent.learned = std::move(learned_);
        return sent;
    }

  private:
    /// One layer on its way. Several places in the image may have the same one.
    struct Task
    {
        std::size_t layer = 0;
        std::string id; ///< for progress
        LayerPlan plan;
        std::atomic<std::uint64_t> done = 0;
        std::uint64_t total = 0;
        std::atomic<bool> finished = false;
        bool reported = false;
        std::string note = "done";
        oci::Descriptor result;
    };

    [[nodiscard]] std::string choose_kind() const
    {
        if (image_.is_opaque())
            return kind_of(image_.manifest().media_type);
        if (!options_.manifest_kind.empty())
            return options_.manifest_kind;
        if (!destination_.manifest_kind().empty())
            return destination_.manifest_kind();
        const bool needs_oci = options_.compression == Compression::Zstd && destination_.layer_form() != LayerForm::Plain;
        return needs_oci ? "oci" : kind_of(image_.manifest().media_type);
    }

    [[nodiscard]] LayerPlan plan(std::size_t layer) const;
    void add_known_forms(std::size_t layer, LayerPlan& plan) const;
    void send_layers();
    void work(std::vector<std::unique_ptr<Task>>& tasks);
    void send(Task& task);
    bool find_there(Task& task);
    void report(const std::vector<std::unique_ptr<Task>>& tasks);
    void remember(const Task& task);
    void look_for_cancellation();
    [[nodiscard]] SentImage make_manifest() const;

    OutgoingImage& image_;
    registry::ImageDestination& destination_;
    const SendOptions& options_;
    const store::blob_places::Places& places_;
    store::blob_places::Places learned_;
    Progress& progress_;
    std::string kind_;
    std::map<oci::Digest, oci::Descriptor> results_; ///< by diff id

    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> stop_ = false;
    unsigned running_ = 0;
    std::exception_ptr failure_;
};

LayerPlan Sending::plan(std::size_t layer) const
{
    const oci::Descriptor& descriptor = image_.manifest().layers[layer];
    const Compression now = compression_of(descriptor.media_type);
    const bool has_original = image_.has_original(layer);
    LayerPlan plan;
    const auto keep = [&] {
        plan.coding = {true, now, 0};
        plan.result = now;
        return plan;
    };
    const auto make = [&](Compression compression) {
        plan.coding = {false, compression, options_.level};
        plan.result = compression;
        return plan;
    };
    if (image_.is_opaque())
        return keep();
    const bool fits = !(kind_ == "docker" && now == Compression::Zstd);
    switch (destination_.layer_form()) {
    case LayerForm::Plain:
        return has_original && now == Compression::None ? keep() : make(Compression::None);
    case LayerForm::Kept:
        if (has_original && fits && !options_.force_compression)
            return keep();
        return make(options_.force_compression || (now != Compression::None && has_original)
                        ? options_.compression.value_or(Compression::Gzip)
                        : Compression::None);
    case LayerForm::Compressed:
        break;
    }
    const bool will_do = !options_.force_compression || !options_.compression || *options_.compression == now;
    if (has_original && now != Compression::None && fits && will_do)
        return keep();
    return make(options_.compression.value_or(Compression::Gzip));
}

/// The compressed forms of it that some registry had. What it was in its own manifest comes first.
void Sending::add_known_forms(std::size_t layer, LayerPlan& plan) const
{
    if (destination_.layer_form() != LayerForm::Compressed)
        return;
    const oci::Descriptor& own = image_.manifest().layers[layer];
    const auto add = [&](KnownBlob blob) {
        const Compression compression = compression_of(blob.media_type);
        const bool wanted = options_.compression && options_.force_compression ? compression == *options_.compression
                                                                               : compression != Compression::None;
        if (!wanted || (kind_ == "docker" && compression == Compression::Zstd))
            return;
        const auto same = std::find_if(plan.instead.begin(), plan.instead.end(),
                                       [&](const KnownBlob& other) { return other.digest == blob.digest; });
        if (same == plan.instead.end())
            plan.instead.push_back(std::move(blob));
        else if (same->repositories.empty())
            same->repositories = blob.repositories;
    };
    std::vector<std::string> here;
    if (!image_.repository().empty())
        here.push_back(image_.repository());
    add({own.digest.text(), own.size, own.media_type, here});
    if (plan.coding.original) // nothing else would be the same image
        return;
    if (const auto known = places_.find(image_.diff_ids()[layer].text()); known != places_.end())
        for (const KnownBlob& blob : known->second)
            add(blob);
}

void Sending::send_layers()
{
    std::vector<std::unique_ptr<Task>> tasks;
    std::set<oci::Digest> seen;
    for (std::size_t i = 0; i < image_.diff_ids().size(); ++i) {
        if (!seen.insert(image_.diff_ids()[i]).second)
            continue;
        auto task = std::make_unique<Task>();
        task->layer = i;
        task->id = image_.manifest().layers[i].digest.hex.substr(0, 12);
        task->plan = plan(i);
        add_known_forms(i, task->plan);
        tasks.push_back(std::move(task));
    }
    const auto count = static_cast<unsigned>(std::min<std::size_t>(destination_.parallel(), tasks.size()));
    std::vector<std::thread> threads;
    running_ = count;
    for (unsigned i = 0; i < count; ++i)
        threads.emplace_back([&] { work(tasks); });
    {
        std::unique_lock lock{mutex_};
        while (running_ > 0) {
            changed_.wait_for(lock, std::chrono::milliseconds{100});
            lock.unlock();
            look_for_cancellation();
            report(tasks);
            lock.lock();
        }
    }
    for (std::thread& thread : threads)
        thread.join();
    if (failure_)
        std::rethrow_exception(failure_);
    report(tasks);
    for (const auto& task : tasks) {
        results_[image_.diff_ids()[task->layer]] = task->result;
        remember(*task);
    }
}

void Sending::work(std::vector<std::unique_ptr<Task>>& tasks)
{
    for (std::size_t i = next_++; i < tasks.size() && !stop_; i = next_++) {
        try {
            send(*tasks[i]);
            tasks[i]->finished = true;
        } catch (...) {
            const std::lock_guard guard{mutex_};
            if (!failure_)
                failure_ = std::current_exception();
            stop_ = true;
        }
        changed_.notify_one();
    }
    {
        const std::lock_guard guard{mutex_};
        --running_;
    }
    changed_.notify_one();
}

bool Sending::find_there(Task& task)
{
    for (const KnownBlob& blob : task.plan.instead) {
        oci::Descriptor descriptor;
        descriptor.digest = oci::Digest::parse(blob.digest);
        descriptor.size = blob.size;
        descriptor.media_type = layer_type(kind_, compression_of(blob.media_type));
        if (!destination_.find_blob(descriptor, blob.repositories))
            continue;
        task.result = std::move(descriptor);
        return true;
    }
    return false;
}

void Sending::send(Task& task)
{
    const std::size_t layer = task.layer;
    const oci::Descriptor& own = image_.manifest().layers[layer];
    const LayerCoding& coding = task.plan.coding;
    registry::OutgoingBlob blob;
    if (coding.original)
        blob.known = registry::BlobFacts{own.digest, own.size};
    else if (coding.compression == Compression::None && image_.plain_size(layer))
        blob.known = registry::BlobFacts{image_.diff_ids()[layer], *image_.plain_size(layer)};
    const std::string type = layer_type(kind_, task.plan.result);
    if (find_there(task)) {
        task.note = "skipped: already exists";
        return;
    }
    if (blob.known) {
        oci::Descriptor descriptor;
        descriptor.media_type = type;
        descriptor.digest = blob.known->digest;
        descriptor.size = blob.known->size;
        const bool was_asked = std::any_of(task.plan.instead.begin(), task.plan.instead.end(), [&](const KnownBlob& other) {
            return other.digest == descriptor.digest.text();
        });
        if (!was_asked && destination_.find_blob(descriptor, {})) {
            task.result = descriptor;
            task.note = "skipped: already exists";
            return;
        }
    }
    task.total = blob.known ? blob.known->size : 0;
    blob.expected_size = task.total;
    blob.open = [&](std::uint64_t skip) { return image_.open(layer, coding, skip); };
    blob.progress = [&](std::uint64_t done) {
        task.done = done;
        if (stop_)
            throw Error{ErrorKind::Failure, ECANCELED, "the transfer was cancelled"};
    };
    const registry::BlobFacts facts = destination_.put_blob(blob);
    task.result.media_type = type;
    task.result.digest = facts.digest;
    task.result.size = facts.size;
}

void Sending::look_for_cancellation()
{
    pollfd request{options_.cancel_fd, POLLIN, 0}; // poll ignores -1
    if (::poll(&request, 1, 0) <= 0)
        return;
    const std::lock_guard guard{mutex_};
    if (!failure_)
        failure_ = std::make_exception_ptr(Error{ErrorKind::Failure, ECANCELED, "the transfer was cancelled"});
    stop_ = true;
}

void Sending::report(const std::vector<std::unique_ptr<Task>>& tasks)
{
    for (const auto& task : tasks) {
        if (task->reported)
            continue;
        if (task->finished) {
            task->reported = true;
            progress_.blob_done(task->id, task->note);
        } else if (task->done > 0) {
            progress_.blob(task->id, task->done, task->total);
        }
    }
}

void Sending::remember(const Task& task)
{
    if (destination_.repository().empty() || compression_of(task.result.media_type) == Compression::None)
        return;
    learned_[image_.diff_ids()[task.layer].text()] = {{task.result.digest.text(), task.result.size, task.result.media_type,
                                                     {destination_.repository()}}};
}

SentImage Sending::make_manifest() const
{
    const oci::Manifest& own = image_.manifest();
    const auto as_it_is = [&] {
        return SentImage{image_.manifest_bytes(), own.media_type, oci::Digest::of(image_.manifest_bytes()), {}};
    };
    const bool same_kind = kind_of(own.media_type) == kind_;
    bool changed = !same_kind;
    oci::Manifest made;
    made.media_type = kind_ == "docker" ? media_type::docker_manifest : media_type::oci_manifest;
    made.config = own.config;
    made.config.media_type = kind_ == "docker" ? media_type::docker_config : media_type::oci_config;
    for (std::size_t i = 0; i < own.layers.size(); ++i) {
        const oci::Descriptor& result = results_.at(image_.diff_ids()[i]);
        if (result.digest == own.layers[i].digest && same_kind) {
            made.layers.push_back(own.layers[i]);
            continue;
        }
        changed = true;
        made.layers.push_back(result);
        if (kind_ == "oci")
            made.layers.back().annotations = own.layers[i].annotations;
    }
    if (!changed)
        return as_it_is();
    if (options_.preserve_digests)
        throw Error{ErrorKind::Failure, cat("the manifest would have to be changed for ", destination_.shown_name(),
                                            ", and its digest shall be preserved")};
    if (kind_ == "oci")
        made.annotations = own.annotations;
    const std::string bytes = made.serialize();
    return {bytes, made.media_type, oci::Digest::of(bytes), {}};
}

} // namespace

SentImage send_image(OutgoingImage& image, registry::ImageDestination& destination, const SendOptions& options,
                     const store::blob_places::Places& places, Progress& progress)
{
    return Sending{image, destination, options, places, progress}.run();
}

} // namespace skiff::engine
