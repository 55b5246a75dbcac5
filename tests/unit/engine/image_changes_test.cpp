#include "engine/image_changes.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using Words = std::vector<std::string>;

oci::ExecutionConfig changed(const Words& changes)
{
    oci::ExecutionConfig config;
    for (const std::string& change : changes)
        apply_change(config, change);
    return config;
}

TEST(ImageChanges, TakeCommandsAsListsAndAsLines)
{
    EXPECT_EQ(changed({R"(CMD ["a", "b c"])"}).cmd, (Words{"a", "b c"}));
    EXPECT_EQ(changed({"CMD=bash"}).cmd, (Words{"/bin/sh", "-c", "bash"}));
    EXPECT_EQ(changed({"entrypoint sh -c 'x y'"}).entrypoint, (Words{"/bin/sh", "-c", "sh -c 'x y'"}));
}

TEST(ImageChanges, SetVariablesAndLabels)
{
    const oci::ExecutionConfig config = changed({"ENV A=1 B=\"x y\"", "ENV A 2 3", "ENV=C=4", "LABEL k=v other='a b'"});

    EXPECT_EQ(config.env, (Words{"B=x y", "A=2 3", "C=4"}));
    EXPECT_EQ(config.labels.at("k"), "v");
    EXPECT_EQ(config.labels.at("other"), "a b");
}

TEST(ImageChanges, KeepPortsAndVolumesSortedAndOnce)
{
    const oci::ExecutionConfig config =
        changed({"EXPOSE 80 53/udp", "EXPOSE 80/tcp", R"(VOLUME ["/b", "/a"])", "VOLUME /a"});

    EXPECT_EQ(config.exposed_ports, (Words{"53/udp", "80/tcp"}));
    EXPECT_EQ(config.volumes, (Words{"/a", "/b"}));
}

TEST(ImageChanges, SetPlainValues)
{
    const oci::ExecutionConfig config =
        changed({"USER 1000:1000", "WORKDIR /srv", "STOPSIGNAL SIGINT", "ONBUILD RUN make"});

    EXPECT_EQ(config.user, "1000:1000");
    EXPECT_EQ(config.working_dir, "/srv");
    EXPECT_EQ(config.stop_signal, "SIGINT");
    EXPECT_EQ(config.on_build, (Words{"RUN make"}));
}

TEST(ImageChanges, RefuseWhatIsNone)
{
    for (const std::string change :
         {"", "CMD", "RUN make", "EXPOSE web", "EXPOSE 70000", "EXPOSE 80/foo", "VOLUME data", "LABEL =x", "ENV A"}) {
        SCOPED_TRACE(change);
        EXPECT_THROW(changed({change}), Error);
    }
}

TEST(ImageChanges, TakeTheArgumentsOfAnOldEntrypointAway)
{
    oci::ExecutionConfig config;
    config.entrypoint = {"old"};
    config.cmd = {"its", "arguments"};

    oci::ExecutionConfig with_command = config;
    apply_changes(config, {R"(ENTRYPOINT ["new"])"});
    apply_changes(with_command, {R"(CMD ["argument"])", R"(ENTRYPOINT ["new"])"});

    EXPECT_THAT(config.cmd, testing::IsEmpty());
    EXPECT_THAT(with_command.cmd, testing::ElementsAre("argument"));
}

TEST(ImageChanges, ReadWhatOnlyAContainerfileHasWordsFor)
{
    oci::ExecutionConfig config;

    apply_changes(config, {"HEALTHCHECK --interval=5s CMD true", R"(SHELL ["/bin/bash", "-c"])"});

    ASSERT_TRUE(config.healthcheck);
    EXPECT_THAT(config.healthcheck->test, testing::ElementsAre("CMD-SHELL", "true"));
    EXPECT_EQ(config.healthcheck->interval, std::chrono::seconds{5});
    EXPECT_THAT(config.shell, testing::ElementsAre("/bin/bash", "-c"));
    EXPECT_THROW(apply_changes(config, {"HEALTHCHECK nonsense"}), Error);
}

TEST(ImageChanges, TakeADocumentOnTop)
{
    oci::ExecutionConfig config;
    config.user = "root";
    config.cmd = {"old"};
    config.env = {"A=1", "B=2"};
    config.labels = {{"a", "1"}};

    apply_config_document(config, R"({"Cmd": ["new"], "Env": ["B=3", "C=4"], "Labels": {"b": "2"}, "Volumes": {"/data": {}}})");

    EXPECT_EQ(config.user, "root");
    EXPECT_THAT(config.cmd, testing::ElementsAre("new"));
    EXPECT_THAT(config.env, testing::ElementsAre("A=1", "B=3", "C=4"));
    EXPECT_EQ(config.labels.size(), 2U);
    EXPECT_THAT(config.volumes, testing::ElementsAre("/data"));
    EXPECT_THROW(apply_config_document(config, "no JSON"), Error);
    EXPECT_THROW(apply_config_document(config, "[]"), Error);
}

} // namespace
} // namespace skiff::engine
