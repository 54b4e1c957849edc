#include "elbo/studies/study.h"

#include "elbo/studies/plan.h"
#include "tests/studies/testing.h"
#include "tests/support/message.h"

namespace elbo::studies {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::message_of;

std::string refusal(const std::string& toml) {
  return message_of<ConfigError>([&] { planned_runs(parse_study(toml, "mine.toml"), {}); });
}

TEST(ParseStudy, HasModelsInTheirOrderWithTheirOwnSettings) {
  const Study study = parse_study(kSmallStudy, "folder/two-flows.toml");
  EXPECT_EQ(study.name, "two-flows");
  ASSERT_EQ(study.models.size(), 2u);
  EXPECT_EQ(study.models[0].title, "autoregressive");
  EXPECT_EQ(study.models[1].title, "real-nvp");
  EXPECT_EQ(study.models[0].figures.at("printed"), -2.5);
  EXPECT_THAT(quantities_of(study), testing::IsSupersetOf({"nll_test", "printed", "parameters"}));
}

TEST(ParseStudy, SaysWhereAFileIsWrongInOneSentence) {
  EXPECT_THAT(refusal("title = \"a\"\n"), HasSubstr("mine.toml: a study needs models"));
  EXPECT_EQ(refusal("models = [{name = \"a\"}]\ntitel = \"a\"\n"),
            "mine.toml:2: unknown key \"titel\" (did you mean title?)");
  EXPECT_THAT(refusal("models = [{nam = \"a\"}]\n"), HasSubstr("mine.toml:1: unknown key \"nam\""));
  EXPECT_THAT(refusal("models = [{title = \"a\"}]\n"), HasSubstr("mine.toml:1: the name of a model is \"\""));
  EXPECT_THAT(refusal("models = [{name = \"../a\"}]\n"), HasSubstr("it becomes a folder"));
  EXPECT_THAT(refusal("models = [{name = \"a\"}, {name = \"a\"}]\n"), HasSubstr("there is such a model already"));
  EXPECT_THAT(refusal("models = [\n{name = \"a\", group = \"b\"}]\n"), HasSubstr("mine.toml:2: group = \"b\""));
  EXPECT_THAT(refusal("models = \"maf\"\n"), HasSubstr("mine.toml:1: models: must be a list of tables, [[models]]"));
  EXPECT_THAT(refusal("settings = 3\nmodels = [{name = \"a\"}]\n"), HasSubstr("settings: must be a table"));
  EXPECT_THAT(refusal("models = [{name = \"a\", figures.b = \"x\"}]\n"), HasSubstr("must be a number"));
  EXPECT_THAT(refusal("models = [{name = \"a\"}]\nmeasures = [\"evaluat\"]\n"), HasSubstr("did you mean evaluate?"));
  EXPECT_THAT(refusal("models = [{name = \"a\"}]\nmeasures = [\"evaluate\"]\n[[tables]]\nname = \"list\"\n"
                      "columns = [{name = \"figure\", quantity = \"nll_tes\"}]\n"),
              testing::AllOf(HasSubstr("mine.toml:5: "), HasSubstr("did you mean nll_test?")));
  EXPECT_THAT(refusal("models = [{name = \"a\"}]\npage = \"{{value b parameters}}\"\n"),
              testing::AllOf(HasSubstr("mine.toml:2: page: {{value b parameters}}"), HasSubstr("known: a")));
  EXPECT_THAT(refusal("models = [{name = \"a\"}]\npage = \"{{table t}}\"\n"), HasSubstr("unknown table \"t\""));
  EXPECT_THAT(refusal("models = [{name = \"a\"}]\npage = \"{{valu a parameters}}\"\n"),
              HasSubstr("did you mean value?"));
}

TEST(ParseStudy, LeavesSettingsToWhatARunMayHold) {
  EXPECT_THAT(refusal("models = [{name = \"a\"}]\n[settings]\ntrain.epoch = 3\n"),
              testing::AllOf(HasSubstr("mine.toml:3: "), HasSubstr("did you mean train.epochs?")));
  EXPECT_THAT(refusal("models = [\n{name = \"a\", settings.posterior.flow = \"planer\"}]\n"),
              testing::AllOf(HasSubstr("mine.toml:2: posterior.flow = "), HasSubstr("did you mean planar?")));
}

TEST(PlannedRuns, AreEachModelOnEachDataSetWithEachSeed) {
  Study study = parse_study(std::string("seeds = 2\n") + kSmallStudy, "two-flows.toml");
  std::vector<std::string> folders;
  for (const PlannedRun& run : planned_runs(study, {.seed = 5})) folders.push_back(run.folder.string());
  EXPECT_THAT(folders, ElementsAre("rings/maf/seed-5", "rings/real-nvp/seed-5", "two-moons/maf/seed-5",
                                   "two-moons/real-nvp/seed-5", "rings/maf/seed-6", "rings/real-nvp/seed-6",
                                   "two-moons/maf/seed-6", "two-moons/real-nvp/seed-6"));
}

TEST(PlannedRuns, TakeWhatTheCommandLineSays) {
  const Study study = parse_study(kSmallStudy, "two-flows.toml");
  const auto runs = planned_runs(study, {.data = "rings", .only = {"maf"}, .epochs = 7, .limit = 10, .seed = 3});
  ASSERT_EQ(runs.size(), 1u);
  const Settings& settings = runs[0].config.settings();
  EXPECT_EQ(settings.integer("train.epochs"), 7);
  EXPECT_EQ(settings.integer("data.limit"), 10);
  EXPECT_EQ(settings.integer("train.batch_size"), 10);
  EXPECT_EQ(settings.integer("seed"), 3);
  EXPECT_EQ(runs[0].data, "rings");
  const auto refused = [&](const StudyOptions& options) {
    return message_of<ConfigError>([&] { planned_runs(with(study, options), options); });
  };
  EXPECT_THAT(refused({.data = "ring"}), HasSubstr("did you mean rings?"));
  EXPECT_THAT(refused({.only = {"mav"}}), HasSubstr("did you mean maf?"));
  EXPECT_EQ(refused({.seeds = 2}), "--seeds: the study two-flows has no use for it");
  EXPECT_EQ(refused({.importance_samples = 5}), "--importance-samples: the study two-flows has no use for it");
}

TEST(FindStudy, KnowsItsOwnAndFiles) {
  EXPECT_EQ(find_study("kong-li").name, "kong-li");
  EXPECT_THAT(message_of<ConfigError>([] { find_study("kong-lee"); }), HasSubstr("did you mean kong-li?"));
  const testing_support::TestFolder folder;
  EXPECT_EQ(find_study(folder.write("small.toml", kSmallStudy).string()).name, "small");
  EXPECT_THAT(message_of<ConfigError>([] { find_study("none.toml"); }), HasSubstr("none.toml: no such file"));
}

}  // namespace
}  // namespace elbo::studies
