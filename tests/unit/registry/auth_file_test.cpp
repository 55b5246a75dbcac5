#include "registry/auth_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/auth.hpp"
#include "registry/base64.hpp"
#include "registry/credential_helper.hpp"
#include "scripted_image.hpp"

#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

namespace skiff::registry {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Credentials joe{"joe", "pw", ""};
const std::string encoded = base64_encode("joe:pw");

class AuthFiles : public testing::Test
{
  protected:
    [[nodiscard]] std::string path(const std::string& name) const { return cat(directory.path(), "/", name); }
    void put(const std::string& name, const std::string& text) const
    {
        save_atomically(AT_FDCWD, path(name), text, Durability::None);
    }
    [[nodiscard]] std::string get(const std::string& name) const { return read_file(AT_FDCWD, path(name)); }

    TempDir directory{"/tmp", "registry-test."};
};

TEST_F(AuthFiles, AreChosenAsPodmanDoes)
{
    ConfigPlaces places;
    places.config_home = "/h/.config";
    places.docker_config = "/h/.docker";
    EXPECT_EQ(choose_auth_file(places, "", "").path, "/h/.config/containers/auth.json");
    places.runtime_dir = "/run/user/5";
    EXPECT_EQ(choose_auth_file(places, "", "").path, "/run/user/5/containers/auth.json");
    places.docker_config_is_chosen = true;
    EXPECT_EQ(choose_auth_file(places, "", "").path, "/h/.docker/config.json");
    EXPECT_TRUE(choose_auth_file(places, "", "").is_docker);
    places.auth_file = "/env";
    EXPECT_EQ(choose_auth_file(places, "", "").path, "/env");
    EXPECT_EQ(choose_auth_file(places, "/a", "").path, "/a");
    EXPECT_TRUE(choose_auth_file(places, "", "/c").is_docker);
    EXPECT_THROW(choose_auth_file(places, "/a", "/c"), Error);
    EXPECT_THROW(choose_auth_file({}, "", ""), Error);
}

TEST_F(AuthFiles, KeepWhatOthersWrote)
{
    put("auth.json", R"({"auths":{"a.io":{"auth":"x","email":"e"}},"HttpHeaders":{"k":"v"},"psFormat":"t"})");

    EXPECT_EQ(save_credentials({path("auth.json")}, {}, "b.io/team", joe), path("auth.json"));

    EXPECT_THAT(get("auth.json"), AllOf(HasSubstr("\"email\": \"e\""), HasSubstr("HttpHeaders"), HasSubstr("psFormat"),
                                        HasSubstr("b.io/team"), HasSubstr(encoded)));
    EXPECT_TRUE(remove_credentials({path("auth.json")}, {}, "b.io/team"));
    EXPECT_FALSE(remove_credentials({path("auth.json")}, {}, "b.io/team"));
    EXPECT_THAT(get("auth.json"), AllOf(HasSubstr("a.io"), HasSubstr("psFormat"), Not(HasSubstr("b.io"))));
}

TEST_F(AuthFiles, AreMadeForTheirOwnerAlone)
{
    save_credentials({path("new/deep/auth.json")}, {}, "b.io", joe);

    struct stat status{};
    ASSERT_EQ(::stat(path("new/deep/auth.json").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat(path("new/deep").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(AuthFiles, StayLinks)
{
    put("real.json", "{}");
    ASSERT_EQ(::symlink("real.json", path("auth.json").c_str()), 0);

    save_credentials({path("auth.json")}, {}, "b.io", joe);

    EXPECT_THAT(get("real.json"), HasSubstr(encoded));
    EXPECT_EQ(read_link_at(AT_FDCWD, path("auth.json")), "real.json");
}

TEST_F(AuthFiles, AreNotReplacedWhenTheyCannotBeRead)
{
    for (const std::string text : {"{\"auths\":[]}", "[]", "{\"auths\": c2VjcmV0"}) {
        put("auth.json", text);
        const std::string error = error_of([&] { save_credentials({path("auth.json")}, {}, "b.io", joe); });
        EXPECT_THAT(error, AllOf(HasSubstr("auth.json"), Not(HasSubstr("c2VjcmV0")), Not(HasSubstr("pw"))));
        EXPECT_EQ(get("auth.json"), text);
    }
}

TEST_F(AuthFiles, OfDockerKnowHostsOnlyAndDockerIoByItsOldAddress)
{
    const AuthFile file{path("config.json"), true};
    save_credentials(file, {}, "docker.io", joe);

    EXPECT_THAT(get("config.json"), HasSubstr("\"https://index.docker.io/v1/\""));
    EXPECT_EQ(find_credentials_in(get("config.json"), "config.json", "docker.io/library/debian"), joe);
    EXPECT_THAT(error_of([&] { save_credentials(file, {}, "docker.io/team", joe); }), HasSubstr("namespaced key"));
    EXPECT_TRUE(remove_credentials(file, {}, "docker.io"));
}

TEST_F(AuthFiles, LoseNothingWhenManyWrite)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] { save_credentials({path("auth.json")}, {}, cat("r", i, ".io"), joe); });
    for (std::thread& thread : threads)
        thread.join();

    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(find_credentials_in(get("auth.json"), "auth.json", cat("r", i, ".io/x")), joe);
}

/// A key ring that keeps one file per server.
class KeyRing : public AuthFiles
{
  protected:
    KeyRing()
    {
        const std::string script =
            cat("#!/bin/sh\ncd ", directory.path(),
                "\nread line\nname=$(echo \"$line\" | tr -c 'a-zA-Z0-9.\\n' _)\ncase $1 in\n"
                " store) echo \"$line\" > ring.json; echo \"$line\" >> stored;;\n"
                " get) [ -e ring.json ] && cat ring.json || { echo credentials not found in native keychain; exit 1; };;\n"
                " erase) rm ring.json 2>/dev/null || { echo credentials not found in native keychain; exit 1; };;\n"
                " list) echo '{\"a.io\":\"joe\"}';;\nesac\n");
        save_atomically(AT_FDCWD, path("docker-credential-ring"), script, Durability::None, 0700);
        save_atomically(AT_FDCWD, path("docker-credential-slow"), "#!/bin/sh\nexec sleep 60\n", Durability::None, 0700);
        save_atomically(AT_FDCWD, path("docker-credential-loud"), "#!/bin/sh\nexec cat /dev/zero\n", Durability::None, 0700);
        save_atomically(AT_FDCWD, path("docker-credential-rude"), "#!/bin/sh\necho '{\"Secret\": s3cret'\n", Durability::None, 0700);
        ::setenv("PATH", cat(directory.path(), ":", old_path).c_str(), 1);
    }
    ~KeyRing() override { ::setenv("PATH", old_path.c_str(), 1); }

    std::string old_path = std::getenv("PATH");
};

TEST_F(KeyRing, IsUsedForItsRegistry)
{
    put("auth.json", R"({"credHelpers":{"a.io":"ring"}})");

    EXPECT_EQ(save_credentials({path("auth.json")}, {}, "a.io", joe), "credential helper: ring");

    EXPECT_THAT(get("ring.json"), AllOf(HasSubstr("\"ServerURL\":\"a.io\""), HasSubstr("\"Secret\":\"pw\"")));
    EXPECT_THAT(get("auth.json"), Not(HasSubstr(encoded)));
    EXPECT_EQ(find_credentials_in(get("auth.json"), "auth.json", "a.io/x"), joe);
    EXPECT_TRUE(remove_credentials({path("auth.json")}, {}, "a.io"));
    EXPECT_FALSE(remove_credentials({path("auth.json")}, {}, "a.io"));
}

TEST_F(KeyRing, MayBeForEverything)
{
    put("config.json", R"({"credsStore":"ring"})");
    const AuthFile file{path("config.json"), true};

    EXPECT_EQ(save_credentials(file, {}, "docker.io", joe), "credential helper: ring");

    EXPECT_THAT(get("ring.json"), HasSubstr("https://index.docker.io/v1/"));
    EXPECT_THAT(get("config.json"), AllOf(HasSubstr("\"https://index.docker.io/v1/\": {}"), Not(HasSubstr(encoded))));
    remove_all_credentials(file, {});
    EXPECT_FALSE(exists_at(AT_FDCWD, path("ring.json")));
}

TEST_F(KeyRing, IsNamedByRegistriesConf)
{
    RegistriesConf conf;
    conf.credential_helpers = {"absent", "ring", "containers-auth.json"};

    EXPECT_EQ(save_credentials({path("auth.json")}, conf, "a.io", joe), "credential helper: ring");
    EXPECT_EQ(save_credentials({path("auth.json")}, conf, "a.io/team", joe), path("auth.json"));
    conf.credential_helpers = {"absent"};
    EXPECT_THAT(error_of([&] { save_credentials({path("auth.json")}, conf, "a.io", joe); }),
                HasSubstr("docker-credential-absent: executable file not found"));
}

TEST_F(KeyRing, IsBoundedInTimeAndSizeAndNotRepeated)
{
    const CredentialHelper slow{"slow", std::chrono::milliseconds{50}};
    EXPECT_THAT(error_of([&] { (void)slow.find("a.io"); }), HasSubstr("docker-credential-slow get takes too long"));
    EXPECT_THAT(error_of([&] { (void)CredentialHelper{"loud"}.find("a.io"); }), HasSubstr("says too much"));
    EXPECT_THAT(error_of([&] { (void)CredentialHelper{"rude"}.find("a.io"); }),
                AllOf(HasSubstr("not JSON"), Not(HasSubstr("s3cret"))));
}

} // namespace
} // namespace skiff::registry
