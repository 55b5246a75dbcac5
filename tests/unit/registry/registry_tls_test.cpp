// TLS against `openssl s_server`, and servers that are slow: seconds, so not among the unit tests (security.md M-113,
// M-120).

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "scripted_image.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace skiff::registry {
namespace {

using testing::HasSubstr;

const oci::Platform amd64{"linux", "amd64", "", "", {}};

/// A web server with a certificate for "localhost" that nobody has signed but itself.
class Tls : public testing::Test
{
  protected:
    void SetUp() override
    {
        openssl = find_system_program("openssl");
        if (!openssl)
            GTEST_SKIP() << "this machine has no program openssl";
        run({*openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-keyout", path("key"), "-out",
             path("cert")});
        make_directories(path("v2/app/manifests"));
        save_atomically(AT_FDCWD, path("v2/app/manifests/latest"),
                        "HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno such page\n");
        start();
    }
    ~Tls() override
    {
        if (!server.pid())
            return;
        (void)server.pidfd().send_signal(SIGKILL);
        server.wait();
    }

    [[nodiscard]] std::string path(const std::string& name) const { return cat(directory.path(), "/", name); }
    static void run(const std::vector<std::string>& argv)
    {
        SpawnRequest request;
        request.argv = argv;
        const RunResult result = run_process(std::move(request));
        ASSERT_EQ(result.status.code, 0) << result.error_output;
    }
    void start()
    {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        output.reset(ends[0]); // kept: the server goes on talking
        const UniqueFd out{ends[1]};
        SpawnRequest request; // -HTTP serves files that have their headers in them
        request.argv = {*openssl, "s_server",   "-accept", "127.0.0.1:0", "-HTTP",
                        "-cert",  path("cert"), "-key",    path("key")};
        request.directory = directory.path();
        request.fds = {{out.get(), 1}};
        server = spawn_process(request);
        std::string said; // "ACCEPT 127.0.0.1:12345"
        char byte = 0;
        while (!(said.find("ACCEPT") != std::string::npos && said.ends_with('\n')) &&
               ::read(output.get(), &byte, 1) == 1)
            said += byte;
        const std::size_t colon = said.rfind(':');
        port = said.substr(colon + 1, said.size() - colon - 2);
    }
    std::string resolve_error(const std::string& host, TransportOptions options = {}) const
    {
        options.retries = 0;
        return error_of([&] {
            open_registry(oci::Reference::parse(cat(host, ":", port, "/app")), no_places(), options)->resolve(amd64);
        });
    }

    TempDir directory{"/tmp", "registry-test."};
    std::optional<std::string> openssl;
    ChildProcess server;
    UniqueFd output;
    std::string port;
};

TEST_F(Tls, RefusesACertificateThatNobodySigned)
{
    EXPECT_THAT(resolve_error("localhost"), HasSubstr("tls: failed to verify certificate: x509: "));
}

TEST_F(Tls, TrustsTheAuthoritiesOfTheCertDir)
{
    TransportOptions options;
    options.cert_dir = path("certs");
    make_directories(options.cert_dir);
    save_atomically(AT_FDCWD, path("certs/ca.crt"), read_file(AT_FDCWD, path("cert")));

    EXPECT_THAT(resolve_error("localhost", options), HasSubstr("manifest unknown"));
    EXPECT_THAT(resolve_error("127.0.0.1", options), HasSubstr("x509: ")) << "the certificate is for another name";
}

TEST_F(Tls, DoesWithoutWhenToldSo)
{
    TransportOptions options;
    options.tls_verify = false;

    EXPECT_THAT(resolve_error("localhost", options), HasSubstr("manifest unknown"));
}

TEST(SlowServer, IsGivenUp)
{
    test::ScriptedRegistry registry; // M-113, T-34
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(100'000)});
    registry.fail("/blobs/", 99, [](const test::HttpQuestion&, test::HttpReply reply) {
        reply.pause = std::chrono::milliseconds{50};
        return reply;
    });
    TransportOptions options = test_options();
    options.retries = 0;
    options.limits.low_speed_time = std::chrono::seconds{2};

    EXPECT_THAT(
        error_of([&] {
            open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), options)->resolve(amd64);
        }),
        HasSubstr("too slow"));
}

TEST(SlowReader, IsWaitedFor)
{
    test::ScriptedRegistry registry;
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(8'000'000)});
    TransportOptions options = test_options();
    options.limits.low_speed_time = std::chrono::seconds{1};
    auto source = open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), options);
    source->resolve(amd64);
    std::thread reader;
    std::size_t read = 0;
    std::vector<BlobRequest> requests{{image.layers[0], [&] {
                                           int ends[2];
                                           if (::pipe2(ends, O_CLOEXEC) != 0)
                                               throw Error{errno, "pipe"};
                                           reader = std::thread{[&read, in = ends[0]] {
                                               const UniqueFd fd{in};
                                               ::poll(nullptr, 0, 3000); // a worker that is busy
                                               std::string buffer(1U << 20U, '\0');
                                               for (ssize_t got = 0;
                                                    (got = ::read(in, buffer.data(), buffer.size())) > 0;)
                                                   read += static_cast<std::size_t>(got);
                                           }};
                                           return UniqueFd{ends[1]};
                                       }}};
    NoProgress progress;

    source->fetch(requests, progress);

    reader.join();
    EXPECT_EQ(read, 8'000'000U);
}

} // namespace
} // namespace skiff::registry
