#include "archive/layer_worker.hpp"

#include "archive/confinement.hpp"
#include "archive/gzip_sink.hpp"
#include "archive/tar_split.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/role.hpp"
#include "text/json_fields.hpp"

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>

namespace skiff::archive {
namespace {

constexpr int result_fd = first_role_fd;
constexpr int split_fd = first_role_fd + 1;
constexpr int diff_fd = first_role_fd + 2;
constexpr int pipe_bytes = 1 << 20;
constexpr std::size_t buffer_bytes = 256U * 1024U;

/// Lets nothing of the first `skip` bytes through.
class SkippingSink : public ByteSink
{
  public:
    SkippingSink(ByteSink& inner, std::uint64_t skip) : inner_{inner}, skip_{skip} {}
    void write(std::string_view data) override
    {
        const std::size_t known = std::min<std::uint64_t>(skip_, data.size());
        skip_ -= known;
        if (known < data.size())
            inner_.write(data.substr(known));
    }
    void finish() override { inner_.finish(); }

  private:
    ByteSink& inner_;
    std::uint64_t skip_;
};

std::unique_ptr<ByteSink> make_compressor(const LayerRequest& request, ByteSink& into)
{
    switch (request.compression) {
    case Compression::Gzip:
        return std::make_unique<GzipSink>(into, request.level == 0 ? GzipSink::default_level : request.level);
    case Compression::Zstd:
        return request.level == 0 ? std::make_unique<ZstdSink>(into) : std::make_unique<ZstdSink>(into, request.level);
    default:
        return nullptr;
    }
}

void copy_stream(int input, ByteSink& sink)
{
    FdSource stream{input};
    DecompressingSource plain{stream};
    std::vector<char> buffer(buffer_bytes);
    while (const std::size_t size = plain.read(buffer.data(), buffer.size()))
        sink.write({buffer.data(), size});
    sink.finish();
}

nlohmann::json to_json(const LayerRequest& request)
{
    return {{"from_store", request.tar_split >= 0}, {"compression", to_string(request.compression)},
            {"level", request.level},               {"diff_id", request.diff_id},
            {"skip", request.skip}};
}

LayerRequest parse_request(const std::string& text)
{
    const nlohmann::json json = text::parse_strict_json(text);
    const text::JsonFields fields{json};
    LayerRequest request;
    if (fields.flag("from_store")) {
        request.tar_split = split_fd;
        request.diff_dir = diff_fd;
    } else {
        request.input = STDIN_FILENO;
    }
    const std::string compression = fields.text("compression");
    for (const Compression each : {Compression::Gzip, Compression::Zstd})
        if (to_string(each) == compression)
            request.compression = each;
    request.level = static_cast<int>(fields.integer_or("level", 0));
    request.diff_id = fields.text("diff_id");
    request.skip = fields.unsigned_integer("skip");
    return request;
}

LayerResult parse_result(const std::string& text)
{
    const nlohmann::json json = text::parse_strict_json(text);
    throw_error_of(json);
    const text::JsonFields fields{json};
    return {fields.text("digest"), fields.unsigned_integer("size"), fields.text("diff_id"),
            fields.unsigned_integer("plain_size")};
}

/// Nothing has to be opened any more: a directory of /proc that has nothing but this process's own numbers in it is all
/// that can be seen, where the kernel lets us choose.
void confine()
{
    const UniqueFd root = open_at(AT_FDCWD, "/proc/self/fdinfo", O_RDONLY | O_DIRECTORY);
    enter_confinement({.root = root.get(), .read = {}, .file_size = 0});
}

} // namespace

LayerResult write_layer(const LayerRequest& request, int output)
{
    FdSink out{output};
    SkippingSink wanted{out, request.skip};
    HashingSink hashed{wanted};
    const std::unique_ptr<ByteSink> compressor = make_compressor(request, hashed);
    HashingSink plain{compressor ? *compressor : static_cast<ByteSink&>(hashed)};
    if (request.tar_split >= 0)
        rebuild_tar(request.tar_split, request.diff_dir, plain);
    else
        copy_stream(request.input, plain);
    LayerResult result;
    result.size = hashed.size();
    result.digest = hashed.finish_digest();
    result.plain_size = plain.size();
    result.diff_id = plain.finish_digest();
    if (!request.diff_id.empty() && result.diff_id != request.diff_id)
        throw Error{ErrorKind::Failure, cat("the layer is damaged: its uncompressed digest (diff id) is ",
                                            result.diff_id, ", expected ", request.diff_id)};
    return result;
}

int run_layer_worker(const std::string& request_text)
{
    const Channel answer{UniqueFd{result_fd}};
    std::string text;
    int code = 1;
    try {
        const LayerRequest request = parse_request(request_text);
        ::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): a reader that has gone is an Error
        Hash::preload();
        if (request.compression == Compression::Gzip)
            preload_gzip_sink();
        if (request.tar_split < 0) {
            preload_decompression();
            confine();
        }
        const LayerResult result = write_layer(request, STDOUT_FILENO);
        text = dump_answer({{"digest", result.digest},
                            {"size", result.size},
                            {"diff_id", result.diff_id},
                            {"plain_size", result.plain_size}});
        code = 0;
    } catch (const Error& error) {
        text = dump_answer(make_error_answer(error));
    } catch (const std::exception& error) { // out of memory, above all
        text = dump_answer(make_error_answer(Error{ErrorKind::Failure, cat("packing: ", error.what())}));
    }
    // Nobody listening is no matter: the caller has given up.
    (void)answer.send(text);
    return code;
}

LayerJob LayerJob::start(const LayerRequest& request)
{
    auto [ours, theirs] = make_channel_pair();
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw Error{errno, "making a pipe"};
    UniqueFd read_end{ends[0]};
    const UniqueFd write_end{ends[1]};
    (void)::fcntl(write_end.get(), F_SETPIPE_SZ, pipe_bytes); // refused when the user has many pipes: only slower
    RoleRequest role;
    role.role = "layer";
    role.title = request.title;
    role.json = to_json(request).dump();
    role.fds = {theirs.fd()};
    if (request.tar_split >= 0)
        role.fds.insert(role.fds.end(), {request.tar_split, request.diff_dir});
    else
        role.stdio.emplace_back(request.input, STDIN_FILENO);
    role.stdio.emplace_back(write_end.get(), STDOUT_FILENO);
    return LayerJob{WorkerProcess{spawn_role(role), std::move(ours), "packing"}, std::move(read_end)};
}

LayerResult LayerJob::finish() { return parse_result(worker_.finish()); }

} // namespace skiff::archive
