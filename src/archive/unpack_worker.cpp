#include "archive/unpack_worker.hpp"

#include "archive/compression.hpp"
#include "archive/confinement.hpp"
#include "base/file.hpp"
#include "base/role.hpp"
#include "text/json_fields.hpp"

#include <array>
#include <fcntl.h>
#include <nlohmann/json.hpp>

namespace skiff::archive {
namespace {

constexpr int diff_fd = first_role_fd;
constexpr int split_fd = first_role_fd + 1;
constexpr int result_fd = first_role_fd + 2;
constexpr int first_lower_fd = first_role_fd + 3;
constexpr std::size_t max_lower = 1000;
constexpr std::size_t max_warnings = 10;
constexpr std::size_t max_warning_bytes = 4000; ///< so that the answer fits one message
constexpr int pipe_bytes = 1 << 20;

std::string serialize(const UnpackRequest& request, bool has_split)
{
    return nlohmann::json{{"single_id", request.single_id},
                          {"for_others", request.for_others},
                          {"squash_ids", request.squash_ids},
                          {"plain_tree", request.plain_tree},
                          {"has_lower", request.has_lower},
                          {"lower", request.lower_dirs.size()},
                          {"split", has_split},
                          {"compressed_size", request.compressed_size},
                          {"diff_id", request.diff_id},
                          {"compressed_digest", request.compressed_digest}}
        .dump();
}

UnpackRequest parse_request(const std::string& text)
{
    const nlohmann::json json = text::parse_strict_json(text);
    const text::JsonFields fields{json};
    UnpackRequest request;
    request.diff_dir = diff_fd;
    request.tar_split = fields.flag("split") ? split_fd : -1;
    request.single_id = fields.flag("single_id");
    request.for_others = fields.flag("for_others");
    request.squash_ids = fields.flag("squash_ids");
    request.plain_tree = fields.flag("plain_tree");
    request.has_lower = fields.flag("has_lower");
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(fields.unsigned_integer("lower"), max_lower); ++i)
        request.lower_dirs.push_back(first_lower_fd + static_cast<int>(i));
    request.compressed_size = fields.unsigned_integer("compressed_size");
    request.diff_id = fields.text("diff_id");
    request.compressed_digest = fields.text("compressed_digest");
    return request;
}

std::string serialize(const UnpackResult& result)
{
    nlohmann::json warnings = nlohmann::json::array();
    for (const std::string& warning : result.warnings)
        if (warnings.size() < max_warnings)
            warnings.push_back(warning.substr(0, max_warning_bytes));
    return dump_answer({{"diff_id", result.diff_id},
                        {"compressed_digest", result.compressed_digest},
                        {"compressed_size", result.compressed_size},
                        {"plain_size", result.plain_size},
                        {"unpacked_bytes", result.unpacked_bytes},
                        {"files", result.files},
                        {"compression", result.compression},
                        {"warnings", warnings}});
}

std::string serialize(const Error& error, bool needs_lower)
{
    nlohmann::json answer = make_error_answer(error);
    answer["needs_lower"] = needs_lower;
    return dump_answer(answer);
}

/// Throws what the worker met.
UnpackResult parse_result(const std::string& text)
{
    const nlohmann::json json = text::parse_strict_json(text);
    const text::JsonFields fields{json};
    if (fields.flag_or("needs_lower", false))
        throw NeedsLower{ErrorKind::Failure, fields.text("error")};
    throw_error_of(json);
    UnpackResult result;
    result.diff_id = fields.text("diff_id");
    result.compressed_digest = fields.text("compressed_digest");
    result.compressed_size = fields.unsigned_integer("compressed_size");
    result.plain_size = fields.unsigned_integer("plain_size");
    result.unpacked_bytes = fields.unsigned_integer("unpacked_bytes");
    result.files = fields.unsigned_integer("files");
    result.compression = fields.text("compression");
    result.warnings = fields.texts("warnings");
    return result;
}

void expect(std::string_view what, const std::string& got, const std::string& expected)
{
    if (!expected.empty() && got != expected)
        throw Error{ErrorKind::Failure, cat("the ", what, " is ", got, ", expected ", expected)};
}

} // namespace

UnpackResult unpack_stream(int input, const UnpackRequest& request)
{
    FdSource stream{input};
    HashingSource compressed{stream};
    DecompressingSource plain{compressed};
    ReadAhead chunks{plain};
    HashingChunks hashed{chunks};
    std::optional<TarSplitWriter> split;
    if (request.tar_split >= 0)
        split.emplace(request.tar_split);
    TarSplitWriter* const split_writer = split ? &*split : nullptr;
    TarReader reader{hashed, split_writer};

    UnpackOptions options;
    options.single_id = request.single_id;
    options.for_others = request.for_others;
    options.squash_ids = request.squash_ids;
    options.plain_tree = request.plain_tree;
    options.lower_dirs = request.lower_dirs;
    options.has_lower = request.has_lower;
    options.max_bytes = inflation_budget(request.compressed_size);
    UnpackSummary summary = unpack(reader, request.diff_dir, split_writer, options);
    if (split_writer != nullptr)
        split_writer->finish();

    UnpackResult result;
    result.diff_id = hashed.finish_digest();
    result.compressed_digest = compressed.finish_digest(); // the tar reader has read everything to its end
    result.compressed_size = compressed.size();
    result.plain_size = hashed.size();
    result.unpacked_bytes = summary.unpacked_bytes;
    result.files = summary.files;
    result.compression = to_string(plain.compression());
    result.warnings = std::move(summary.warnings);
    expect("layer's digest", result.compressed_digest, request.compressed_digest);
    expect("layer's uncompressed digest (diff id)", result.diff_id, request.diff_id);
    // Some writers leave the end mark out. A digest says that nothing is missing; without one it must be there (M-57).
    if (!reader.ended_properly() && request.diff_id.empty() && request.compressed_digest.empty())
        throw Error{ErrorKind::Failure, "unexpected end of the archive"};
    return result;
}

int run_unpack_worker(const std::string& request_text)
{
    const Channel answer{UniqueFd{result_fd}};
    std::string text;
    int code = 1;
    try {
        const UnpackRequest request = parse_request(request_text);
        Hash::preload();
        preload_decompression();
        enter_confinement({.root = request.diff_dir, .read = request.lower_dirs, .file_size = inflation_budget(request.compressed_size)});
        text = serialize(unpack_stream(STDIN_FILENO, request));
        code = 0;
    } catch (const NeedsLower& error) {
        text = serialize(error, true);
    } catch (const Error& error) {
        text = serialize(error, false);
    } catch (const std::exception& error) { // out of memory, above all
        text = serialize(Error{ErrorKind::Failure, cat("unpacking: ", error.what())}, false);
    }
    // Nobody listening is no matter: the caller has given up.
    (void)answer.send(text);
    return code;
}

UnpackJob UnpackJob::start(const UnpackRequest& request)
{
    auto [ours, theirs] = make_channel_pair();
    UniqueFd read_end;
    UniqueFd write_end;
    if (request.input < 0) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw Error{errno, "making a pipe"};
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
        (void)::fcntl(write_end.get(), F_SETPIPE_SZ, pipe_bytes); // refused when the user has many pipes: only slower
    }
    UniqueFd no_split;
    if (request.tar_split < 0)
        no_split = open_at(AT_FDCWD, "/dev/null", O_WRONLY);
    RoleRequest role;
    role.role = "unpack";
    role.title = request.title;
    role.json = serialize(request, request.tar_split >= 0);
    role.fds = {request.diff_dir, request.tar_split >= 0 ? request.tar_split : no_split.get(), theirs.fd()};
    role.fds.insert(role.fds.end(), request.lower_dirs.begin(), request.lower_dirs.end());
    role.stdio = {{request.input >= 0 ? request.input : read_end.get(), STDIN_FILENO}};
    role.program_fd = request.program_fd;
    return UnpackJob{WorkerProcess{spawn_role(role), std::move(ours), "unpacking"}, std::move(write_end)};
}

UnpackResult UnpackJob::finish()
{
    input_.reset();
    return parse_result(worker_.finish());
}

} // namespace skiff::archive
