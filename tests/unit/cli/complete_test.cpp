#include "cli/complete.hpp"

#include "support.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<Candidate> two_names(Completes what, const GlobalOptions& global)
{
    if (what == Completes::Containers)
        return {{"web", ""}, {global.root.empty() ? "db" : "other", ""}};
    return {};
}

/// The last word is being typed.
std::vector<std::string> words_for(const std::string& line)
{
    std::vector<std::string> words;
    for (const Candidate& candidate : complete(split_at(line, ' '), two_names).candidates)
        words.push_back(candidate.word);
    return words;
}

TEST(Complete, OffersCommandsAndGroups)
{
    EXPECT_THAT(words_for("ru"), ElementsAre("run"));
    EXPECT_THAT(words_for("ima"), ElementsAre("image", "images"));
    EXPECT_THAT(words_for("image pr"), ElementsAre("prune"));
    EXPECT_THAT(words_for("help ru"), ElementsAre("run"));
    EXPECT_THAT(words_for("compose alpha "), ElementsAre("viz"));
    EXPECT_THAT(words_for("compose -f x.yaml alpha viz --in"), ElementsAre("--indentation-size"));
    EXPECT_THAT(words_for("far"), IsEmpty()) << "what is refused is not offered";
}

TEST(Complete, OffersOptions)
{
    EXPECT_THAT(words_for("stop --ti"), ElementsAre("--time"));
    EXPECT_THAT(words_for("run --cpu-"), Not(Contains("--cpu-rt-period")));
    EXPECT_THAT(words_for("--storage"), ElementsAre("--storage-driver", "--storage-opt"));
}

TEST(Complete, OffersValues)
{
    EXPECT_THAT(words_for("run --pull n"), ElementsAre("never", "newer"));
    EXPECT_THAT(words_for("run --pull=n"), ElementsAre("never", "newer"));
    EXPECT_THAT(words_for("kill -s HU"), ElementsAre("HUP"));
    EXPECT_EQ(complete(split_at("run --env-file ", ' '), two_names).files, Completion::Files::Any);
    EXPECT_EQ(complete(split_at("pull --cert-dir ", ' '), two_names).files, Completion::Files::Directories);
}

TEST(Complete, OffersNamesFromTheStoreThatTheLineMeans)
{
    EXPECT_THAT(words_for("logs "), ElementsAre("web", "db"));
    EXPECT_THAT(words_for("--root /x logs "), ElementsAre("web", "other"));
    EXPECT_THAT(words_for("rename web "), IsEmpty());
    EXPECT_THAT(words_for("cp w"), ElementsAre("web:"));
}

TEST(Complete, LeavesTheContainersCommandAlone)
{
    EXPECT_THAT(words_for("run image --pu"), IsEmpty());
    EXPECT_THAT(words_for("run image -"), IsEmpty());
}

} // namespace
} // namespace skiff::cli
