#include "registry/registry_destination.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "oci/media_type.hpp"
#include "registry/auth.hpp"
#include "registry/pull_sources.hpp"
#include "registry/registry_error.hpp"
#include "registry/upload_session.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>

namespace skiff::registry {
namespace {

constexpr std::uint64_t small_blob_bytes = 1U << 20U; ///< what goes in one request
constexpr std::uint64_t first_piece_bytes = 8U << 20U; ///< where a proxy does not let larger ones through
constexpr std::uint64_t least_piece_bytes = 512U << 10U;
constexpr std::size_t most_mount_tries = 3;

/// Of "Range: 0-1234", which means that 1235 bytes are there. "0-0" is what registries say of nothing, too.
std::optional<std::uint64_t> find_range_end(const std::string& value)
{
    const std::size_t dash = value.find('-');
    if (dash == std::string::npos)
        return std::nullopt;
    std::uint64_t last = 0;
    const auto [end, error] = std::from_chars(value.data() + dash + 1, value.data() + value.size(), last);
    if (error != std::errc{} || end != value.data() + value.size() || last == 0)
        return std::nullopt;
    return last + 1;
}

BodyReader read_from(const std::string& data)
{
    return [&data, at = std::size_t{0}](char* into, std::size_t room) mutable {
        const std::size_t size = std::min(room, data.size() - at);
        std::memcpy(into, data.data() + at, size);
        at += size;
        return size;
    };
}

/// The registry forgot the upload, or does not want it to go on: it has to begin again.
class UploadLost : public Interrupted
{
  public:
    explicit UploadLost(const Error& error) : Interrupted{error, std::chrono::seconds{0}} {}
};

struct Upload
{
    Url location;
    std::uint64_t offset = 0; ///< bytes that the registry has
};

class RegistryDestination final : public ImageDestination
{
  public:
    RegistryDestination(const oci::Reference& reference, const ConfigPlaces& places, const TransportOptions& options)
        : places_{places},
          options_{options},
          conf_{load_registries_conf(places_)},
          there_{find_pull_sources(conf_, reference).back()}, // behind its mirrors
          shown_{cat("docker://", reference.familiar())},
          client_{options_.limits, options_.cancel_fd},
          host_{client_,
                places_,
                conf_,
                options_,
                there_.reference.registry,
                there_.insecure,
                find_credentials(places_, conf_, options_, there_.reference.name()),
                cat("repository:", there_.reference.repository, ":pull,push")},
          session_{host_, options_.cancel_fd}
    {
    }

    [[nodiscard]] LayerForm layer_form() const override { return LayerForm::Compressed; }
    [[nodiscard]] std::string repository() const override { return there_.reference.name(); }
    [[nodiscard]] std::string shown_name() const override { return shown_; }
    bool find_blob(const oci::Descriptor& blob, const std::vector<std::string>& repositories) override;
    BlobFacts put_blob(const OutgoingBlob& blob) override;
    void put_manifest(const std::string& bytes, const std::string& media_type, bool is_part) override;

  private:
    [[nodiscard]] Url address(const std::string& path) const { return host_.api(there_.reference.repository + path); }
    bool is_there(const oci::Digest& digest);
    bool try_mount(const oci::Digest& digest, const std::string& repository);
    Upload begin_upload();
    void look_how_far(Upload& upload);
    void abandon(const Upload& upload);
    BlobFacts put_small(const OutgoingBlob& blob);
    BlobFacts stream(Upload& upload, const OutgoingBlob& blob);
    void send_stream(Upload& upload, BlobReader& reader, const OutgoingBlob& blob);
    void send_pieces(Upload& upload, BlobReader& reader, const OutgoingBlob& blob);
    void take_answer(Upload& upload, const Answer& answer, std::uint64_t sent);
    void finish(const Upload& upload, const oci::Digest& digest, const std::string& data = {});

    ConfigPlaces places_;
    TransportOptions options_;
    RegistriesConf conf_;
    PullSource there_;
    std::string shown_;
    HttpClient client_;
    RegistryHost host_;
    UploadSession session_;
    std::atomic<std::uint64_t> piece_bytes_ = 0; ///< 0: a blob goes in one request
};

Url location_of(const Answer& answer)
{
    const std::string location = answer.head.header("location");
    if (location.empty())
        throw Error{ErrorKind::Failure, cat(answer.status, " response missing Location header")};
    return Url::parse(location, answer.url.text);
}

Url with_query(const Url& url, const std::string& field)
{
    return Url::parse(cat(url.text, url.text.find('?') == std::string::npos ? "?" : "&", field));
}

bool RegistryDestination::is_there(const oci::Digest& digest)
{
    return while_doing(cat("checking whether a blob ", digest.text(), " exists in ", there_.reference.name()), [&] {
        const Answer answer = session_.ask({"HEAD", address(cat("/blobs/", digest.text()))});
        if (answer.status == 401) // an answer to HEAD has no words of its own
            throw Error{ErrorKind::Failure, "authentication required"};
        if (answer.status == 403)
            throw make_registry_error(answer.status, "");
        return answer.is_success() || (answer.status >= 301 && answer.status <= 308 && answer.status != 304);
    });
}

bool RegistryDestination::try_mount(const oci::Digest& digest, const std::string& repository)
{
    const Url url = with_query(address("/blobs/uploads/"),
                               cat("mount=", percent_encode(digest.text()), "&from=", percent_encode(repository)));
    try {
        const Answer answer = session_.ask({"POST", url});
        if (answer.status == 202) // an upload that nobody asked for
            abandon({location_of(answer)});
        return answer.status == 201;
    } catch (const Error& error) { // the right to read over there may be missing: then the blob is sent
        if (error.errno_value() == ECANCELED)
            throw;
        log::debug(cat("mounting ", digest.text(), " from ", repository, ": ", error.message(), "; ignored"));
        return false;
    }
}

bool RegistryDestination::find_blob(const oci::Descriptor& blob, const std::vector<std::string>& repositories)
{
    return while_doing(cat("trying to reuse blob ", blob.digest.text(), " at destination"), [&] {
        if (is_there(blob.digest))
            return true;
        std::size_t tries = 0;
        for (const std::string& name : repositories) {
            const oci::Reference other = oci::Reference::parse(name);
            if (other.registry == there_.reference.registry && other.repository != there_.reference.repository &&
                tries++ < most_mount_tries && try_mount(blob.digest, other.repository))
                return true;
        }
        return false;
    });
}

Upload RegistryDestination::begin_upload()
{
    return while_doing(cat("initiating layer upload to /v2/", there_.reference.repository, "/blobs/uploads/ in ",
                           there_.reference.registry),
                       [&] {
                           const Answer answer = session_.ask({"POST", address("/blobs/uploads/")});
                           if (!answer.is_success())
                               throw make_registry_error(answer.status, answer.body);
                           return Upload{location_of(answer)};
                       });
}

/// After a break: asks how much has arrived.
void RegistryDestination::look_how_far(Upload& upload)
{
    const Answer answer = session_.ask({"GET", upload.location});
    const auto offset = find_range_end(answer.head.header("range"));
    if (!answer.is_success() || !offset)
        throw UploadLost{answer.is_success() ? Error{ErrorKind::Failure, "the registry has nothing of it"}
                                             : make_registry_error(answer.status, answer.body)};
    upload.offset = *offset;
    if (!answer.head.header("location").empty())
        upload.location = location_of(answer);
}

void RegistryDestination::abandon(const Upload& upload)
{
    try {
        // Without the cancel descriptor: this is what a cancelled push still has to do.
        UploadSession last_words{host_, -1};
        (void)last_words.ask_once({"DELETE", upload.location});
    } catch (const std::exception& error) { // registries clear away old uploads themselves
        log::debug(cat("abandoning an upload: ", error.what(), "; ignored"));
    }
}

void RegistryDestination::take_answer(Upload& upload, const Answer& answer, std::uint64_t sent)
{
    if (answer.status == 413) {
        const std::uint64_t piece = piece_bytes_ == 0 ? first_piece_bytes : piece_bytes_ / 2;
        if (piece < least_piece_bytes)
            throw make_registry_error(answer.status, answer.body);
        log::info(cat("the registry does not take a whole blob in one request; trying pieces of ", piece, " bytes"));
        piece_bytes_ = piece;
        throw UploadLost{make_registry_error(answer.status, answer.body)};
    }
    if (answer.status == 404 || answer.status == 416)
        throw UploadLost{make_registry_error(answer.status, answer.body)};
    if (!answer.is_success())
        throw make_registry_error(answer.status, answer.body);
    upload.offset += sent;
    upload.location = location_of(answer);
}

void RegistryDestination::send_stream(Upload& upload, BlobReader& reader, const OutgoingBlob& blob)
{
    Question question{"PATCH", upload.location, {"Content-Type: application/octet-stream"}};
    std::uint64_t sent = 0;
    question.body = [&](char* into, std::size_t room) {
        const std::size_t size = reader.read(into, room);
        sent += size;
        if (blob.progress)
            blob.progress(upload.offset + sent);
        return size;
    };
    if (blob.known) {
        question.body_size = blob.known->size - upload.offset;
        if (upload.offset > 0) // of a stream of unknown length it cannot be said
            question.headers.push_back(cat("Content-Range: ", upload.offset, "-", blob.known->size - 1));
    }
    const Answer answer = session_.ask_once(question);
    take_answer(upload, answer, sent);
}

void RegistryDestination::send_pieces(Upload& upload, BlobReader& reader, const OutgoingBlob& blob)
{
    std::string piece;
    for (bool ended = false; !ended;) {
        piece.resize(piece_bytes_);
        std::size_t filled = 0;
        while (filled < piece.size() && !ended) {
            const std::size_t size = reader.read(piece.data() + filled, piece.size() - filled);
            ended = size == 0;
            filled += size;
        }
        piece.resize(filled);
        if (piece.empty())
            break;
        Question question{"PATCH",
                          upload.location,
                          {"Content-Type: application/octet-stream",
                           cat("Content-Range: ", upload.offset, "-", upload.offset + filled - 1)}};
        question.body = read_from(piece);
        question.body_size = filled;
        take_answer(upload, session_.ask_once(question), filled);
        if (blob.progress)
            blob.progress(upload.offset);
    }
}

void RegistryDestination::finish(const Upload& upload, const oci::Digest& digest, const std::string& data)
{
    Question question{"PUT", with_query(upload.location, cat("digest=", percent_encode(digest.text())))};
    if (!data.empty()) {
        question.headers = {"Content-Type: application/octet-stream"};
        question.body = read_from(data);
        question.body_size = data.size();
    }
    const Answer answer = session_.ask_once(question);
    if (answer.status == 404 || answer.status == 413)
        throw UploadLost{make_registry_error(answer.status, answer.body)};
    if (!answer.is_success())
        throw make_registry_error(answer.status, answer.body);
}

BlobFacts RegistryDestination::put_small(const OutgoingBlob& blob)
{
    std::string data;
    const auto reader = blob.open(0);
    copy_blob(*reader, [&](std::string_view piece) {
        if (data.size() + piece.size() > blob.known->size)
            throw Error{ErrorKind::Failure, cat("blob ", blob.known->digest.text(), " is too long")};
        data += piece;
    });
    const BlobFacts facts = reader->finish();
    if (facts.digest != blob.known->digest || data.size() != blob.known->size)
        throw Error{ErrorKind::Failure, cat("blob ", blob.known->digest.text(), " became ", facts.digest.text())};
    finish(begin_upload(), facts.digest, data);
    if (blob.progress)
        blob.progress(data.size());
    return facts;
}

BlobFacts RegistryDestination::stream(Upload& upload, const OutgoingBlob& blob)
{
    const auto reader = blob.open(upload.offset);
    if (piece_bytes_ > 0)
        send_pieces(upload, *reader, blob);
    else
        send_stream(upload, *reader, blob);
    const BlobFacts facts = reader->finish();
    if (blob.known && facts.digest != blob.known->digest)
        throw Error{ErrorKind::Failure, cat("blob ", blob.known->digest.text(), " became ", facts.digest.text())};
    if (upload.offset != facts.size)
        throw UploadLost{Error{ErrorKind::Failure, cat(upload.offset, " of ", facts.size, " bytes have arrived")}};
    try {
        finish(upload, facts.digest);
    } catch (const Interrupted&) { // its answer may be what was lost
        if (!is_there(facts.digest))
            throw;
    }
    return facts;
}

BlobFacts RegistryDestination::put_blob(const OutgoingBlob& blob)
{
    return while_doing("writing blob", [&] {
        Patience patience{options_, options_.limits};
        std::optional<Upload> upload;
        bool broke = false;
        unsigned begun = 0;
        for (;;) {
            std::uint64_t had = 0;
            try {
                if (blob.known && blob.known->size <= small_blob_bytes)
                    return put_small(blob);
                if (upload && broke)
                    look_how_far(*upload);
                if (!upload)
                    upload = begin_upload();
                broke = false;
                had = upload->offset;
                return stream(*upload, blob);
            } catch (const UploadLost& lost) {
                upload.reset();
                if (++begun > options_.retries + 4) // 413 costs some, and is no sign of bad luck
                    throw Error{static_cast<const Error&>(lost)};
            } catch (const Interrupted& failure) {
                broke = true;
                if (upload && upload->offset > had)
                    patience.renew();
                try {
                    patience.wait_after(failure);
                } catch (const Error&) {
                    if (upload)
                        abandon(*upload);
                    throw;
                }
            } catch (const Error&) {
                if (upload)
                    abandon(*upload);
                throw;
            }
        }
    });
}

void RegistryDestination::put_manifest(const std::string& bytes, const std::string& media_type, bool is_part)
{
    const oci::Reference& there = there_.reference;
    const oci::Digest digest = oci::Digest::of(bytes);
    if (!is_part && there.digest && *there.digest != digest)
        throw Error{ErrorKind::Failure, cat("writing manifest: its digest is ", digest.text(), ", not ",
                                            there.digest->text(), " as in the destination's name")};
    const std::string name = is_part || there.tag.empty() ? digest.text() : there.tag;
    while_doing(cat("writing manifest: uploading manifest ", name, " to ", there.name()), [&] {
        Question question{"PUT", address(cat("/manifests/", name)), {cat("Content-Type: ", media_type)}};
        question.body_size = bytes.size();
        const Answer answer = session_.ask(question, [&] { return read_from(bytes); });
        if (!answer.is_success())
            throw make_registry_error(answer.status, answer.body);
    });
}

} // namespace

std::unique_ptr<ImageDestination> open_registry_destination(const oci::Reference& reference, const ConfigPlaces& places,
                                                            const TransportOptions& options)
{
    return std::make_unique<RegistryDestination>(reference, places, options);
}

} // namespace skiff::registry
