#include "tests/support/registry_server.hpp"

#include "tests/support/host_ports.hpp"

#include <arpa/inet.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::testing {
namespace {

constexpr const char* registry_program = "/usr/bin/docker-registry";
constexpr const char* skopeo_program = "/usr/bin/skopeo";
constexpr const char* openssl_program = "/usr/bin/openssl";

/// The line of `htpasswd -B` for user() and password().
constexpr const char* password_line = "harbour:$2b$04$abcdefghijklmnopqrstuub9TnyeFISZpldHdbcDU3s8YSnFJEDwi\n";

void write(const std::string& path, const std::string& text) { std::ofstream{path, std::ios::binary} << text; }

Result run(const std::vector<std::string>& argv, const std::string& directory)
{
    return Running{{argv, {"HOME=" + directory, "PATH=/usr/bin:/bin", "XDG_RUNTIME_DIR=" + directory}, directory, {}}}.finish();
}

bool answers(std::uint16_t port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool connected = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

} // namespace

std::string RegistryServer::missing_program()
{
    for (const char* program : {registry_program, skopeo_program, openssl_program})
        if (::access(program, X_OK) != 0)
            return program;
    return "";
}

RegistryServer::RegistryServer(std::string directory, Options options)
    : directory_{std::move(directory)}, options_{options}, port_{free_port()}
{
    ::mkdir(certs().c_str(), 0755);
    std::string config = "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: "
                         "{rootdirectory: '" +
                         directory_ + "/store'}, delete: {enabled: true}}\nhttp:\n  addr: 127.0.0.1:" +
                         std::to_string(port_) + "\n";
    if (options_.tls) {
        EXPECT_THAT(run({openssl_program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                         "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
                         "-keyout", directory_ + "/key.pem", "-out", certs() + "/ca.crt"},
                        directory_),
                    Succeeds());
        config += "  tls: {certificate: '" + certs() + "/ca.crt', key: '" + directory_ + "/key.pem'}\n";
    }
    if (options_.auth) {
        write(directory_ + "/htpasswd", password_line);
        config += "auth: {htpasswd: {realm: tests, path: '" + directory_ + "/htpasswd'}}\n";
    }
    write(directory_ + "/registry.yml", config);
    start();
}

void RegistryServer::start()
{
    server_.emplace(Running::Start{{registry_program, "serve", directory_ + "/registry.yml"},
                                   {"HOME=" + directory_, "PATH=/usr/bin:/bin"},
                                   directory_,
                                   {}});
    EXPECT_TRUE(eventually([&] { return answers(port_); })) << "docker-registry does not start";
}

std::string RegistryServer::host() const { return "localhost:" + std::to_string(port_); }

void RegistryServer::add_image(const std::string& archive, const std::string& name) const
{
    std::vector<std::string> argv{skopeo_program, "--insecure-policy", "copy", "-q", "--dest-tls-verify=false"};
    if (options_.auth)
        argv.insert(argv.end(), {"--dest-creds", user() + ":" + password()});
    argv.insert(argv.end(), {"docker-archive:" + archive, "docker://" + host() + "/" + name});
    EXPECT_THAT(run(argv, directory_), Succeeds());
}

} // namespace skiff::testing
