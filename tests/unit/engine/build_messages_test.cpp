#include "engine/build_messages.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using namespace stage_message;

TEST(StageMessage, ComesBackAsItWas)
{
    const auto step = std::get<StepBegins>(decode(encode(StepBegins{2, 5, "RUN \"x\""})));
    EXPECT_EQ(step.number, 2U);
    EXPECT_EQ(step.count, 5U);
    EXPECT_EQ(step.text, "RUN \"x\"");
    EXPECT_TRUE(std::get<StepDone>(decode(encode(StepDone{true, "id"}))).cached);
    EXPECT_EQ(std::get<Need>(decode(encode(Need{3}))).stage, 3U);
    EXPECT_TRUE(std::holds_alternative<Finished>(decode(encode(Finished{}))));

    const auto failed = std::get<Failed>(decode(encode(Failed{{ErrorKind::NotFound, 2, "gone", "look"}, 7})));
    EXPECT_EQ(failed.error.kind, ErrorKind::NotFound);
    EXPECT_EQ(failed.error.errno_value, 2);
    EXPECT_EQ(failed.error.message, "gone");
    EXPECT_EQ(failed.error.hint, "look");
    EXPECT_EQ(failed.code, 7);
}

TEST(StageMessage, FitsIntoAMessageWhateverTheText)
{
    for (const char c : {'x', '\xff', '\1'}) {
        const std::string large(1U << 20U, c);
        EXPECT_LT(encode(StepBegins{1, 1, large}).size(), max_message_bytes);
        EXPECT_LT(encode(Failed{{ErrorKind::Failure, 0, large, large}, 0}).size(), max_message_bytes);
    }
}

TEST(StageMessage, CarriesAStage)
{
    StageImage stage;
    stage.draft = build::ImageDraft::from_nothing();
    stage.draft.config.config.env = {"A=1"};
    stage.draft.config.config.healthcheck = oci::ImageHealthCheck{{"CMD", "x"}, std::chrono::seconds{5}, {}, {}, {}, 3};
    stage.draft.diff_ids = {oci::Digest::of("a")};
    oci::Descriptor descriptor;
    descriptor.media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    descriptor.digest = oci::Digest::of("b");
    descriptor.size = 9;
    stage.draft.layers = {descriptor};
    stage.draft.config.diff_ids = stage.draft.diff_ids;
    stage.draft.annotations = {{"k", "v"}};
    stage.layers = {oci::Digest::of("a").text()};
    stage.base_layers = 1;
    stage.args = {{"WITH", "value"}, {"WITHOUT", std::nullopt}};

    const UniqueFd file = write_stage(stage);
    const StageImage read = read_stage(file.get());

    EXPECT_EQ(read.draft.config.serialize(), stage.draft.config.serialize());
    EXPECT_EQ(read.draft.layers, stage.draft.layers);
    EXPECT_EQ(read.draft.diff_ids, stage.draft.diff_ids);
    EXPECT_EQ(read.draft.annotations, stage.draft.annotations);
    EXPECT_EQ(read.layers, stage.layers);
    EXPECT_EQ(read.base_layers, 1U);
    ASSERT_EQ(read.args.size(), 2U);
    EXPECT_EQ(read.args[0].value, "value");
    EXPECT_EQ(read.args[1].value, std::nullopt);
}

} // namespace
} // namespace skiff::engine
