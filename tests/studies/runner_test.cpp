#include "elbo/studies/runner.h"

#include <nlohmann/json.hpp>

#include "elbo/settings/error.h"
#include "elbo/studies/study.h"
#include "tests/report/markup_check.h"
#include "tests/studies/testing.h"
#include "tests/support/message.h"

namespace elbo::studies {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing_support::content_of;
using testing_support::message_of;
using testing_support::TestFolder;
using testing_support::write_file;

json figures_of(const StudyOutcome& outcome) {
  json runs = json::parse(outcome.json)["runs"];
  for (json& run : runs) {
    run["figures"].erase("ms_per_step");
    run["figures"].erase("seconds");
  }
  return runs;
}

class RunStudy : public testing::Test {
 protected:
  TestFolder place;
  Study study = parse_study(kSmallStudy, "two-flows.toml");
  fs::path folder = place / "out";
  StudyOptions options{.folder = folder, .threads = 1, .quiet = true};
};

TEST_F(RunStudy, WritesEverything) {
  const StudyOutcome outcome = run_study(study, options);
  EXPECT_EQ(outcome.finished, 4u);
  EXPECT_THAT(outcome.text, HasSubstr("autoregressive"));
  const json runs = figures_of(outcome);
  ASSERT_EQ(runs.size(), 4u);
  for (const json& run : runs) {
    EXPECT_GT(run["figures"]["nll_test"]["standard_error"], 0);
    EXPECT_EQ(run["figures"]["count_test"], 60);
    for (const char* name : {"config.toml", "metrics.jsonl", "result.json"}) {
      EXPECT_TRUE(fs::exists(folder / run["folder"].get<std::string>() / name)) << name;
    }
  }
  EXPECT_EQ(runs[0]["known"]["printed"], -2.5);
  EXPECT_TRUE(runs[0]["figures"].contains("entropy"));
  EXPECT_FALSE(runs[2]["figures"].contains("entropy"));  // of two-moons it is not known
  for (const char* name : {"table.md", "table.csv", "table.json", "by-data.md", "curves.svg", "results.json"}) {
    EXPECT_GT(fs::file_size(folder / name), 50u) << name;
  }
  EXPECT_TRUE(report::is_balanced(content_of(folder / "report.html")));
}

TEST_F(RunStudy, DoesNotTrainTwiceAndMakesAgainWhatIsLost) {
  const json first = figures_of(run_study(study, options));
  const fs::path kept = folder / "rings" / "maf", lost = folder / "rings" / "real-nvp";
  const auto time = fs::last_write_time(kept / "metrics.jsonl");
  fs::remove_all(lost);
  EXPECT_EQ(figures_of(run_study(study, options)), first);
  EXPECT_EQ(fs::last_write_time(kept / "metrics.jsonl"), time);
  EXPECT_TRUE(fs::exists(lost / "result.json"));
}

TEST_F(RunStudy, MeasuresAgainWithoutTrainingWhereMeasuresChanged) {
  run_study(study, options);
  const fs::path run = folder / "rings" / "maf";
  const auto time = fs::last_write_time(run / "metrics.jsonl");
  const Study other = with(study, {Assignment::of_set("measures.split=train")});
  const StudyOutcome outcome = run_study(other, options);
  EXPECT_EQ(fs::last_write_time(run / "metrics.jsonl"), time);
  EXPECT_TRUE(json::parse(outcome.json)["runs"][0]["figures"].contains("nll_train"));
}

TEST_F(RunStudy, RefusesAFolderWithRunsOfOtherSettings) {
  run_study(study, options);
  StudyOptions other = options;
  other.seed = 1;
  EXPECT_THAT(message_of<ConfigError>([&] { run_study(study, other); }), HasSubstr("seed = 1 (the run: 0)"));
}

TEST_F(RunStudy, RefusesFilesThatWereEdited) {
  run_study(study, options);
  const fs::path run = folder / "rings" / "maf";
  const std::string config = content_of(run / "config.toml"), result = content_of(run / "result.json");
  std::string edited = config;
  edited.replace(edited.find("batch_size = 20"), 15, "batch_size = 10");
  write_file(run / "config.toml", edited);
  EXPECT_THAT(message_of<ConfigError>([&] { run_study(study, options); }), HasSubstr("train.batch_size"));
  write_file(run / "config.toml", config);
  write_file(run / "result.json", result.substr(0, result.size() / 2));
  EXPECT_THAT(message_of<CorruptFileError>([&] { run_study(study, options); }),
              HasSubstr("delete it to have the run evaluated again"));
}

TEST_F(RunStudy, TrainsOnlyWhatIsAskedFor) {
  options.only = {"maf"};
  options.data = "two-moons";
  EXPECT_EQ(run_study(study, options).planned, 1u);
  EXPECT_FALSE(fs::exists(folder / "rings"));
}

}  // namespace
}  // namespace elbo::studies
