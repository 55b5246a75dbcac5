#include "engine/settings.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

class SettingsTest : public testing::Test
{
  protected:
    void write(const std::string& path, const std::string& text)
    {
        const std::string full = box_.path() + path;
        make_directories(full.substr(0, full.rfind('/')));
        save_atomically(AT_FDCWD, full, text, Durability::None);
    }
    SettingsPlaces places() const
    {
        SettingsPlaces p;
        p.system_root = box_.path();
        p.config_home = box_.path() + "/home/.config";
        return p;
    }
    TempDir box_{testing::TempDir(), "skiff-settings-"};
};

TEST_F(SettingsTest, TheUsersFileWinsKeyByKey)
{
    write("/etc/containers/containers.conf", "[containers]\ntz = \"UTC\"\npids_limit = 7\n[engine]\nstop_timeout = 3\n");
    write("/home/.config/containers/containers.conf", "[containers]\ntz = \"local\"\n");

    const Settings settings = load_settings(places());

    EXPECT_EQ(settings.timezone, "local");
    EXPECT_EQ(settings.pids_limit, 7);
    EXPECT_EQ(settings.stop_timeout, 3);
    EXPECT_EQ(settings.files.size(), 2U);
}

TEST_F(SettingsTest, TheMachineNamesImageStoresAndNothingElseOfStorage)
{
    write("/etc/containers/storage.conf",
          "[storage]\ndriver = \"vfs\"\n[storage.options]\nadditionalimagestores = [\"/site\"]\n");
    EXPECT_EQ(load_image_stores(places()), std::vector<std::string>{"/site"});
    EXPECT_FALSE(load_settings(places()).storage_driver) << "that is root's Podman's";

    write("/home/.config/containers/storage.conf", "[storage]\ndriver = \"copy\"\n");
    EXPECT_EQ(load_settings(places()).additional_image_stores, std::vector<std::string>{"/site"});
    EXPECT_EQ(load_settings(places()).storage_driver, "copy");
    write("/home/.config/containers/storage.conf", "[storage.options]\nadditionalimagestores = [\"/mine\", \"/theirs\"]\n");
    EXPECT_EQ(load_image_stores(places()), (std::vector<std::string>{"/mine", "/theirs"}));
}

TEST_F(SettingsTest, NamesPoolsOfSubnets)
{
    write("/etc/containers/containers.conf", "[network]\ndefault_subnet_pools = [{\"base\" = \"172.30.0.0/16\", \"size\" = 26}]\n");

    const Settings settings = load_settings(places());

    ASSERT_EQ(settings.default_subnet_pools.value().size(), 1U);
    EXPECT_EQ(settings.default_subnet_pools->front().base, "172.30.0.0/16");
    EXPECT_EQ(settings.default_subnet_pools->front().size, 26);
}

TEST_F(SettingsTest, ListsReplaceUnlessTheySayAppend)
{
    write("/etc/containers/containers.conf", "[containers]\nenv = [\"A=1\"]\nvolumes = [\"a:/a\"]\n");
    write("/etc/containers/containers.conf.d/10.conf", "[containers]\nenv = [\"B=2\", {append=true}]\nvolumes = [\"b:/b\"]\n");

    const Settings settings = load_settings(places());

    EXPECT_EQ(settings.env, (std::vector<std::string>{"A=1", "B=2"}));
    EXPECT_EQ(settings.volumes, (std::vector<std::string>{"b:/b"}));
}

TEST_F(SettingsTest, TheVariablesReplaceAndOverride)
{
    write("/etc/containers/containers.conf", "[containers]\ntz = \"UTC\"\n");
    write("/mine.conf", "[containers]\npids_limit = 1\n");
    write("/over.conf", "[containers]\npids_limit = 2\n");
    SettingsPlaces p = places();
    p.conf = box_.path() + "/mine.conf";
    p.conf_override = box_.path() + "/over.conf";

    const Settings settings = load_settings(p);

    EXPECT_EQ(settings.timezone, std::nullopt);
    EXPECT_EQ(settings.pids_limit, 2);
}

TEST_F(SettingsTest, CommentsMayStandAnywhere)
{
    write("/etc/containers/containers.conf", "# [engine]\n\t # stop_timeout = 1\n[containers] # not this\ndns_servers = [\n  # \"1.1.1.1\",\n  \"#2\",\n]\n#");
    EXPECT_EQ(load_settings(places()).dns_servers, std::vector<std::string>{"#2"});

    write("/etc/containers/containers.conf", "[containers]\ntz = \"\"\"\n#local\"\"\"\n");
    EXPECT_EQ(load_settings(places()).timezone, "#local");
    write("/etc/containers/containers.conf", "[containers]\ntz = '''\n#local'''\n");
    EXPECT_EQ(load_settings(places()).timezone, "#local");

    write("/etc/containers/containers.conf", "# one\n# two\n\n[containers\n");
    try {
        load_settings(places());
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(error.message().find("line 4"), std::string::npos) << error.message();
    }
}

TEST_F(SettingsTest, ErrorsNameFileAndLine)
{
    write("/etc/containers/containers.conf", "[containers]\n\npids_limit = \"many\"\n");
    try {
        load_settings(places());
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_NE(error.message().find("containers.conf' line 3: containers.pids_limit must be an integer"), std::string::npos)
            << error.message();
    }
    write("/etc/containers/containers.conf", "[containers\n");
    EXPECT_THROW(load_settings(places()), Error);
}

} // namespace
} // namespace skiff::engine
