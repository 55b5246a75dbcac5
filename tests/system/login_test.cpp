// login and logout, against a real registry with TLS and passwords.

#include "tests/support/box.hpp"
#include "tests/support/registry_server.hpp"

#include <sys/stat.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

constexpr const char* encoded = "aGFyYm91cjpwYXNzIHdvcmQ6MQ=="; // harbour:pass word:1

class Login : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped())
            return;
        if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
            GTEST_SKIP() << "this machine has no " << missing;
        registry.emplace(make_directory("registry"), RegistryServer::Options{true, true});
        host = registry->host();
        certs = registry->certs();
    }
    void TearDown() override
    {
        registry.reset();
        Box::TearDown();
    }

    Result log_in(const std::string& password = RegistryServer::password(), std::vector<std::string> more = {})
    {
        std::vector<std::string> words{program(), "login", "--cert-dir", certs, "-u", RegistryServer::user(),
                                       "--password-stdin"};
        words.insert(words.end(), more.begin(), more.end());
        words.push_back(host);
        return run(words, {.input = password + "\n"});
    }
    std::string auth_file() { return path() + "/run/containers/auth.json"; }

    std::optional<RegistryServer> registry;
    std::string host, certs;
};

TEST_F(Login, KeepsTheCredentialsThatTheRegistryAccepts)
{
    EXPECT_THAT(log_in(), Prints("Login Succeeded!"));

    EXPECT_THAT(read_file(auth_file()), AllOf(HasSubstr(host), HasSubstr(encoded)));
    struct stat status{};
    ASSERT_EQ(::stat(auth_file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_THAT(skiff("login", "--get-login", host), Prints(RegistryServer::user()));
    EXPECT_THAT(skiff("login", "--cert-dir", certs, host),
                Prints("Authenticating with existing credentials for " + host +
                       "\nExisting credentials are valid. Already logged in to " + host));
}

TEST_F(Login, RefusesWhatTheRegistryRefuses)
{
    EXPECT_THAT(log_in("wrong"), FailsWith(125, "Error: logging into \"" + host + "\": invalid username/password\n"));

    EXPECT_EQ(read_file(auth_file()), "");
    EXPECT_THAT(skiff("login", "--get-login", host), FailsWith(125, "not logged into " + host));
    EXPECT_THAT(skiff("logout", host), FailsWith(125, "not logged into " + host));
}

TEST_F(Login, ChecksTheCertificate)
{
    const std::vector<std::string> words{program(), "login", "-u", "harbour", "--password-stdin", host};
    EXPECT_THAT(run(words, {.input = RegistryServer::password()}), FailsWith(125, "x509: "));

    std::vector<std::string> careless = words;
    careless.insert(careless.begin() + 2, "--tls-verify=false");
    EXPECT_THAT(run(careless, {.input = RegistryServer::password()}), Prints("Login Succeeded!"));

    make_directory("config/containers");
    make_directory("config/containers/certs.d");
    make_directory("config/containers/certs.d/" + host);
    write_file("config/containers/certs.d/" + host + "/ca.crt", read_file(certs + "/ca.crt"));
    EXPECT_THAT(run(words, {.input = RegistryServer::password()}), Prints("Login Succeeded!"));
}

TEST_F(Login, IsUndoneByLogout)
{
    log_in();

    EXPECT_THAT(skiff("logout", host), Prints("Removed login credentials for " + host));

    EXPECT_THAT(read_file(auth_file()), Not(HasSubstr(host)));
    log_in();
    EXPECT_THAT(skiff("logout", "--all"), Prints("Removed login credentials for all registries"));
    EXPECT_THAT(read_file(auth_file()), Not(HasSubstr(host)));
}

TEST_F(Login, WritesTheFileThatItIsTold)
{
    const std::string file = write_file("my.json", R"({"auths":{"other.io":{"auth":"YTpi"}},"mine":[1]})", 0644);

    EXPECT_THAT(log_in(RegistryServer::password(), {"--authfile", file, "-v"}), Prints("Used:  " + file + "\nLogin Succeeded!"));

    EXPECT_THAT(read_file(file), AllOf(HasSubstr("other.io"), HasSubstr("\"mine\""), HasSubstr(encoded)));
    EXPECT_THAT(skiff("login", "--get-login", "--authfile", file, host), Prints("harbour"));
    EXPECT_EQ(read_file(auth_file()), "");
    EXPECT_THAT(run({program(), "login", "--get-login", host}, {.environment = {"REGISTRY_AUTH_FILE=" + file}}),
                Prints("harbour"));
    EXPECT_THAT(run({program(), "--config", path() + "/docker", "login", "--tls-verify=false", "-u", "harbour", "-p",
                     RegistryServer::password(), host}),
                Prints("Login Succeeded!"));
    EXPECT_THAT(read_file(path() + "/docker/config.json"), HasSubstr(encoded));
    EXPECT_THAT(skiff("logout", "--authfile", path() + "/nowhere", host),
                FailsWith(125, "credential file is not accessible: faccessat " + path() + "/nowhere: no such file or directory"));
    EXPECT_THAT(skiff("login", "--authfile", file, "--compat-auth-file", file, host),
                FailsWith(125, "options for paths to the credential file and to the Docker-compatible credential file can "
                               "not be set simultaneously"));
}

TEST_F(Login, LetsAKeyRingKeepThePassword)
{
    make_directory("bin");
    write_file("bin/docker-credential-box",
               "#!/bin/sh\nring=" + path() + "/ring\ncase $1 in\n store) cat > $ring;;\n erase) rm $ring;;\n"
               " get) [ -e $ring ] && cat $ring || { echo credentials not found in native keychain; exit 1; };;\nesac\n",
               0755);
    for (std::string& variable : environment())
        if (variable.starts_with("PATH="))
            variable += ":" + path() + "/bin";
    make_directory("run/containers");
    write_file("run/containers/auth.json", "{\"credHelpers\":{\"" + host + "\":\"box\"}}");

    EXPECT_THAT(log_in(RegistryServer::password(), {"-v"}), Prints("Used:  credential helper: box\nLogin Succeeded!"));

    EXPECT_THAT(read_file(path() + "/ring"), HasSubstr("pass word:1"));
    EXPECT_THAT(read_file(auth_file()), Not(HasSubstr(encoded)));
    EXPECT_THAT(skiff("login", "--get-login", host), Prints("harbour"));
    EXPECT_THAT(skiff("logout", host), Prints("Removed login credentials for " + host));
    EXPECT_THAT(skiff("login", "--get-login", host), ExitsWith(125));
}

TEST_F(Login, AsksOnATerminalWithoutShowingThePassword)
{
    Running session = start_on_terminal("login", "--cert-dir", certs, host);

    session.read_until("Username: ");
    session.write("harbour\n");
    session.read_until("Password: ");
    session.write("pass word:1\n");
    session.read_until("Login Succeeded!");

    EXPECT_THAT(session.seen(), Not(HasSubstr("pass word")));
}

TEST_F(Login, KeepsSecretsOutOfItsTalk)
{
    const Result result = run({program(), "--log-level", "trace", "login", "--tls-verify=false", "-u", "harbour", "-p",
                               RegistryServer::password(), host});

    EXPECT_THAT(result, PrintsSubstring("Login Succeeded!"));
    EXPECT_THAT(result.err, AllOf(HasSubstr("level=trace"), Not(HasSubstr("pass word")), Not(HasSubstr(encoded))));
    EXPECT_THAT(run({program(), "login", "--tls-verify=false", "-u", "harbour", host}, {.input = "pass word:1\n"}),
                FailsWith(125, "use --password-stdin"));
}

} // namespace
