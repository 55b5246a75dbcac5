// Against Debian's docker-registry, filled by skopeo: what real peers make of us and we of them. Skipped where the
// machine lacks them.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "image_on_disk.hpp"
#include "registry/archive_source.hpp"
#include "registry/registry_source.hpp"
#include "scripted_image.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

namespace skiff::registry {
namespace {

using testing::ElementsAreArray;
using testing::EndsWith;

const oci::Platform amd64{"linux", "amd64", "", "", {}};

/// A port that was free a moment ago: the peers can only be told one, they cannot tell theirs.
std::uint16_t free_port()
{
    const UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0)
        throw Error{errno, "looking for a free port"};
    return ntohs(address.sin_port);
}

bool accepts_connections(std::uint16_t port)
{
    const UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

class Peer : public testing::Test
{
  protected:
    void SetUp() override
    {
        registry_program = find_system_program("docker-registry");
        skopeo = find_system_program("skopeo");
        if (!registry_program || !skopeo)
            GTEST_SKIP() << "this machine has no docker-registry or no skopeo";
        write_files(directory.path(),
                    make_layout({{image.manifest, {{"org.opencontainers.image.ref.name", "1"}}}}, image.blobs));
        start("");
        copy("oci:" + directory.path() + ":1", cat("docker://", host, "/team/app:1"));
    }
    ~Peer() override
    {
        if (!registry.pid())
            return;
        (void)registry.pidfd().send_signal(SIGKILL);
        registry.wait();
    }

    void start(const std::string& auth)
    {
        const std::uint16_t port = free_port();
        host = cat("127.0.0.1:", port);
        const std::string config = directory.path() + "/config.yml";
        save_atomically(AT_FDCWD, config,
                        cat("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ",
                            directory.path(), "/store}}\nhttp: {addr: '", host, "'}\n", auth));
        SpawnRequest request;
        request.argv = {*registry_program, "serve", config};
        registry = spawn_process(request);
        for (int i = 0; i < 500 && !accepts_connections(port); ++i) // there is nothing to wait on
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    void copy(const std::string& from, const std::string& to, const std::string& format = "oci") const
    {
        const std::string authfile = directory.path() + "/auth.json"; // its own default lies where users may not look
        save_atomically(AT_FDCWD, authfile, "{}", Durability::None);
        SpawnRequest request;
        request.argv = {*skopeo,
                        "--insecure-policy",
                        "copy",
                        "--authfile",
                        authfile,
                        "--src-tls-verify=false",
                        "--dest-tls-verify=false",
                        "--format",
                        format,
                        from,
                        to};
        const RunResult result = run_process(std::move(request));
        ASSERT_EQ(result.status.code, 0) << result.error_output;
    }
    std::unique_ptr<ImageSource> open(const std::string& name) const
    {
        return open_registry(oci::Reference::parse(cat(host, "/", name)), no_places(), test_options());
    }

    static std::string layer(const std::string& name, std::size_t size)
    {
        return make_tar({{name, make_noise(size)}}); // skopeo looks into layers
    }

    TempDir directory{"/tmp", "registry-test."};
    LayoutParts image = make_layout_image({layer("a", 10), layer("b", 3'000'000)});
    std::optional<std::string> registry_program, skopeo;
    std::string host;
    ChildProcess registry;
};

TEST_F(Peer, GivesUsOciImages)
{
    auto source = open("team/app:1");
    const ImageDocument document = source->resolve(amd64);

    EXPECT_EQ(document.config.diff_ids.size(), 2U);
    const auto blobs = fetch_all(*source, document.manifest.layers);
    EXPECT_EQ(blobs.size(), 2U);
}

TEST_F(Peer, GivesUsDockerImages)
{
    copy(cat("docker://", host, "/team/app:1"), cat("docker://", host, "/team/docker:1"), "v2s2");

    auto source = open("team/docker:1");
    const ImageDocument document = source->resolve(amd64);

    EXPECT_EQ(document.manifest.media_type, "application/vnd.docker.distribution.manifest.v2+json");
    fetch_all(*source, document.manifest.layers);
    EXPECT_EQ(open(cat("team/docker@", document.manifest_digest.text()))->resolve(amd64).manifest_bytes,
              document.manifest_bytes);
}

TEST_F(Peer, RefusesInTheWordsThatScriptsKnow)
{
    EXPECT_THAT(error_of([&] { open("team/app:nope")->resolve(amd64); }),
                EndsWith(cat("reading manifest nope in ", host, "/team/app: manifest unknown")));
    EXPECT_THAT(error_of([&] { open("nope:1")->resolve(amd64); }),
                EndsWith(cat("reading manifest 1 in ", host, "/nope: manifest unknown")));
}

TEST_F(Peer, WritesArchivesThatWeRead)
{
    const std::string from = cat("docker://", host, "/team/app:1");
    for (const std::string& to : {"docker-archive:" + directory.path() + "/docker.tar:quay.io/x:1",
                                  "oci-archive:" + directory.path() + "/oci.tar:quay.io/x:1",
                                  "oci:" + directory.path() + "/oci:x", "dir:" + directory.path() + "/dir"}) {
        SCOPED_TRACE(to);
        copy(from, to, to.starts_with("docker") ? "v2s2" : "oci");
        const std::string path = to.substr(to.find(':') + 1, to.find(':', 20) - to.find(':') - 1);

        const auto images = list_archive(path, no_places(), test_options());

        ASSERT_EQ(images.size(), 1U);
        const ImageDocument document = images[0].source->resolve(amd64);
        EXPECT_EQ(document.config.diff_ids.size(), 2U);
        fetch_all(*images[0].source, document.manifest.layers);
        if (to.starts_with("docker")) {
            EXPECT_EQ(images[0].names.at(0).text(), "quay.io/x:1");
            EXPECT_THAT(fetch_all(*images[0].source, document.manifest.layers), ElementsAreArray(image.layers));
        }
    }
}

} // namespace
} // namespace skiff::registry
