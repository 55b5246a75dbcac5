#include "oci/image_config.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::oci {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string image(std::string_view config)
{
    return cat(R"({"architecture":"amd64","os":"linux","config":)", config,
               R"(,"rootfs":{"type":"layers","diff_ids":[]}})");
}

std::string refusal_of(std::string_view text)
{
    try {
        (void)ImageConfig::parse(text);
    } catch (const Error& error) {
        return error.message();
    }
    return "accepted";
}

TEST(ImageConfig, ReadsWhatContainersNeed)
{
    const ImageConfig image = ImageConfig::parse(R"({
        "created": "2024-01-02T03:04:05.678Z", "author": "me", "architecture": "arm", "variant": "v7", "os": "linux",
        "config": {
            "User": "1000:1000", "Env": ["PATH=/bin", "BARE", "=x", "E="], "Entrypoint": ["/e"], "Cmd": ["a", "b"],
            "WorkingDir": "srv", "ExposedPorts": {"80/tcp": {}, "53/udp": {}}, "Volumes": {"/data": {}}, "Labels": {"k": "v"},
            "StopSignal": "SIGQUIT", "StopTimeout": 5, "Shell": ["/bin/bash", "-c"], "OnBuild": ["RUN x"], "ArgsEscaped": true,
            "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 1000000000, "Retries": 2}
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]},
        "history": [{"created_by": "ADD", "empty_layer": true}, {"created_by": "RUN"}],
        "container_config": {"Cmd": null}, "moby.buildkit.cache.v0": "AA=="
    })");

    EXPECT_EQ(image.platform.text(), "linux/arm/v7");
    EXPECT_THAT(image.config.env, ElementsAre("PATH=/bin", "E="));
    EXPECT_THAT(image.config.exposed_ports, ElementsAre("53/udp", "80/tcp"));
    EXPECT_THAT(image.config.volumes, ElementsAre("/data"));
    EXPECT_EQ(image.config.working_dir, "/srv");
    EXPECT_EQ(image.config.stop_timeout_s, 5);
    ASSERT_TRUE(image.config.healthcheck);
    EXPECT_EQ(image.config.healthcheck->interval, std::chrono::seconds{1});
    EXPECT_EQ(image.diff_ids.size(), 1U);
    ASSERT_EQ(image.history.size(), 2U);
    EXPECT_TRUE(image.history[0].empty_layer);
}

TEST(ImageConfig, ComesBackFromItsOwnText)
{
    const ImageConfig first = ImageConfig::parse(image(
        R"({"Env":["A=b"],"Cmd":["x"],"Volumes":{"/v":{}},"ExposedPorts":{"1/tcp":{}},"Healthcheck":{"Test":["NONE"]}})"));

    const ImageConfig second = ImageConfig::parse(first.serialize());

    EXPECT_EQ(second.serialize(), first.serialize());
    EXPECT_THAT(second.config.cmd, ElementsAre("x"));
    EXPECT_EQ(second.config.healthcheck, first.config.healthcheck);
}

TEST(ImageConfig, TakesNullForAbsent)
{
    const ImageConfig read = ImageConfig::parse(image(R"({"Env":null,"Cmd":null,"Volumes":null,"Healthcheck":null})"));
    EXPECT_TRUE(read.config.cmd.empty());
    EXPECT_TRUE(ImageConfig::parse(image("null")).config.env.empty());
}

TEST(ImageConfig, RefusesWhatNoContainerCanHave) // M-103, M-94, M-95
{
    struct Case
    {
        std::string text, words;
    };
    const Case cases[] = {
        {"[]", "object"},
        {"7", "object"},
        {image(R"("x")"), "config"},
        {image(R"({"Cmd":"sh"})"), "config.Cmd"},
        {image(R"({"Env":["A=\u0000"]})"), "JSON"},
        {image(R"({"Env":[1]})"), "config.Env[0]"},
        {image(R"({"Labels":{"a":"\ud800"}})"), "JSON"},
        {image(R"({"User":"a\nb"})"), "config.User"},
        {image(R"({"Volumes":{"/a/../b":{}}})"), "config.Volumes"},
        {image(R"({"Volumes":{"..":{}}})"), "config.Volumes"},
        {image(R"({"ExposedPorts":{"99999999/tcp":{}}})"), "config.ExposedPorts"},
        {image(R"({"ExposedPorts":{"80/icmp":{}}})"), "config.ExposedPorts"},
        {image(R"({"StopSignal":"9; rm"})"), "config.StopSignal"},
        {image(R"({"Healthcheck":{"Retries":-1}})"), "Retries"},
        {image(R"({"Healthcheck":{"Interval":1e400}})"), "JSON"},
        {image(R"({"Healthcheck":{"Interval":9223372036854775808}})"), "Interval"},
        {R"({"os":"linux"})", "rootfs"},
        {R"({"rootfs":{"diff_ids":["sha256:../x"]}})", "digest"},
        {image("{}") + "x", "JSON"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_THAT(refusal_of(c.text), HasSubstr(c.words));
    }
}

} // namespace
} // namespace skiff::oci
