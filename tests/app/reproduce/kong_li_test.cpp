#include <nlohmann/json.hpp>

#include "elbo/app/reproduce/kong_li_page.h"
#include "elbo/app/reproduce/kong_li_run.h"
#include "elbo/app/reproduce/kong_li_table.h"
#include "elbo/app/reproduce/kong_li_text.h"
#include "tests/app/commands/program.h"
#include "tests/report/markup_check.h"

namespace elbo::app::kong_li {
namespace {

using testing::HasSubstr;
using testing::Not;

eval::Estimate estimate(double mean) {
  return {.mean = mean, .standard_error = 0.05, .samples = 10};
}

// A model with R = 90, K = 40 + layers, S = layers: figures whose sums are known.
FinishedRun made_up(const PlannedRun& plan) {
  const double r = 90, k = 40 + static_cast<double>(plan.flow_layers), s = static_cast<double>(plan.flow_layers);
  RunResult result;
  result.train = {.study_loss = estimate(plan.flow_layers > 0 ? r + k / 20 - s : r + k),
                  .marginal = estimate(r + k),
                  .negative_elbo = estimate(r + k - s),
                  .reconstruction = estimate(r),
                  .kl = estimate(k),
                  .log_abs_det = estimate(s)};
  result.negative_elbo_test = estimate(r + k - s + 1);
  result.nll_test = estimate(r + k - s - 5);
  result.importance_samples = 100;
  result.parameters = 1'316'824;
  result.ms_per_step = 4.25;
  result.epochs = {{.epoch = 1, .loss = 150, .negative_elbo = 170}, {.epoch = 2, .loss = 120, .negative_elbo = 160}};
  result.config = "seed = 0\n";
  return {.plan = plan, .result = result};
}

std::vector<FinishedRun> made_up_runs(const StudyOptions& options) {
  std::vector<FinishedRun> runs;
  for (const PlannedRun& plan : planned_runs(options)) runs.push_back(made_up(plan));
  return runs;
}

TEST(KongLiPlan, HasTheModelsOfTheStudyWithValidSettings) {
  const std::vector<PlannedRun> runs = planned_runs({});
  ASSERT_EQ(runs.size(), 11u);  // 4 as published, 4 corrected, 3 amortised
  for (const PlannedRun& run : runs) {
    const Config config = config_of(run, {});
    EXPECT_EQ(config.integer("train.epochs"), 100) << run.folder;
    EXPECT_EQ(config.integer("posterior.layers"), run.flow_layers) << run.folder;
    EXPECT_EQ(config.flag("posterior.amortized"), run.group == Group::kAmortized) << run.folder;
    const bool published = run.group == Group::kAsPublished;
    EXPECT_EQ(config.text("posterior.head_activation"), published ? "tanh" : "none") << run.folder;
    EXPECT_EQ(config.text("objective.name"), published ? "kong-li" : "elbo") << run.folder;
    EXPECT_EQ(config.text("posterior.scale"), published && run.flow_layers > 0 ? "log-variance" : "log-scale");
    EXPECT_EQ(run.printed.has_value(), published);
  }
  EXPECT_EQ(planned_runs({.variant = "as-published"}).size(), 4u);
  EXPECT_EQ(planned_runs({.variant = "corrected"}).size(), 7u);
}

TEST(KongLiPlan, KeepsThePrintedOrderBesideThatOfTheLogs) {
  const auto runs = planned_runs({.variant = "as-published"});
  EXPECT_EQ(runs[2].printed, 105.09);  // 5 layers, as the list in section 4.3 has it
  EXPECT_EQ(runs[2].logged, 107.67);
  EXPECT_EQ(runs[3].printed, 107.67);
  EXPECT_EQ(runs[3].logged, 105.09);
}

TEST(KongLiTable, HasARowForEachModelAndAllItsFigures) {
  const auto json = nlohmann::json::parse(results_table(made_up_runs({})).to_json());
  ASSERT_EQ(json.size(), 11u);
  EXPECT_EQ(json[3]["model"], "8 planar layers");
  EXPECT_EQ(json[3]["printed"], 107.67);
  EXPECT_EQ(json[3]["their_logs"], 105.09);
  EXPECT_DOUBLE_EQ(json[3]["study_loss_train"]["mean"].get<double>(), 90 + 48.0 / 20 - 8);
  EXPECT_DOUBLE_EQ(json[3]["negative_elbo_train"]["mean"].get<double>(), 90 + 48 - 8);
  EXPECT_DOUBLE_EQ(json[3]["negative_elbo_test"]["mean"].get<double>(), 131);
  EXPECT_DOUBLE_EQ(json[3]["nll_test"]["mean"].get<double>(), 125);
  EXPECT_TRUE(json[4]["printed"].is_null());
}

TEST(KongLiText, WorksTheTwoSumsOut) {
  const std::string text = sum_worked_out(made_up(planned_runs({})[3]));
  EXPECT_THAT(text, HasSubstr("90.00 + 2.40 − 8.00 = 84.40"));
  EXPECT_THAT(text, HasSubstr("90.00 + 48.00 − 8.00 = 130.00"));
  EXPECT_THAT(text, HasSubstr("19/20 K      = 45.60"));
}

TEST(KongLiText, SaysOnlyWhatTheFiguresBearOut) {
  std::vector<FinishedRun> runs = made_up_runs({.variant = "as-published"});
  std::string text = testing::PrintToString(findings(runs));
  EXPECT_THAT(text, HasSubstr("model with 3, 5 and 8 planar layers looks better"));
  EXPECT_THAT(text, HasSubstr("by the bound none is"));
  EXPECT_THAT(text, Not(HasSubstr("Trained by the true bound")));
  runs[3].result.train.negative_elbo.mean = 120;  // now below the 130 without a flow
  text = testing::PrintToString(findings(runs));
  EXPECT_THAT(text, HasSubstr("by the bound the model with 8 planar layers is"));
  EXPECT_TRUE(findings({}).empty());
}

TEST(KongLiResult, ReadsBackWhatItWrites) {
  RunResult result = made_up(planned_runs({})[3]).result;
  result.negative_elbo_test.standard_error = std::nan("");  // of a single row
  const std::string text = to_json(result);
  EXPECT_EQ(to_json(result_from_json(text, "result.json")), text);
  result.nll_test.reset();
  EXPECT_FALSE(result_from_json(to_json(result), "result.json").nll_test);
  EXPECT_THROW(result_from_json("{}", "result.json"), CorruptFileError);
  EXPECT_THROW(result_from_json(text.substr(0, 100), "result.json"), CorruptFileError);
}

TEST(KongLiPage, IsWellFormedWithAnyNumberOfModels) {
  const StudyOptions options{.data = "mnist"};
  const std::vector<FinishedRun> all = made_up_runs(options);
  for (size_t count = 0; count <= all.size(); ++count) {
    const std::vector<FinishedRun> runs(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
    EXPECT_TRUE(report::is_balanced(page({.options = options, .runs = runs, .planned = all.size()}))) << count;
  }
  const std::string text = page({.options = options, .runs = all, .planned = all.size()});
  EXPECT_THAT(text, HasSubstr("Kong &amp; Li (2017) on MNIST, 100 epochs"));
  for (const NamedDrawing& drawing : curves(options, all)) EXPECT_THAT(text, HasSubstr(drawing.drawing.str()));
  EXPECT_EQ(curves(options, all).size(), 2u);
}

const Words kSmallStudy{"reproduce", "kong-li",   "--data",       "idx:data", "--epochs",
                        "1",         "--variant", "as-published", "--limit",  "40",
                        "--threads", "1",         "--out",        "study",    "--importance-samples",
                        "2"};

TEST(ReproduceCommand, ListsStudiesWhenBareAndRefusesUnknownOnes) {
  const Workplace place;
  EXPECT_THAT(place.output_of({"reproduce"}), HasSubstr("kong-li"));
  const Outcome outcome = place.elbo({"reproduce", "kong-lee"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean kong-li?"));
}

TEST(ReproduceCommand, WritesEverythingAndDoesNotTrainTwice) {
  const Workplace place;
  write_images(place.path() / "data");
  const fs::path study = place.path() / "study";
  const auto json = nlohmann::json::parse(place.output_of(kSmallStudy + Words{"--json"}));
  ASSERT_EQ(json["runs"].size(), 4u);
  for (const auto& run : json["runs"]) {
    const auto& train = run["train"];
    const auto mean = [&](const char* name) { return train[name]["mean"].get<double>(); };
    EXPECT_NEAR(mean("negative_elbo"), mean("reconstruction") + mean("kl") - mean("log_abs_det"), 1e-3);
    EXPECT_NEAR(mean("marginal"), mean("reconstruction") + mean("kl"), 1e-3);
    const bool flow = run["flow_layers"] > 0;
    const double loss = mean("reconstruction") + mean("kl") / (flow ? 20 : 1) - mean("log_abs_det");
    EXPECT_NEAR(mean("study_loss"), loss, 1e-3);
    EXPECT_EQ(run["count_train"], 40);
    EXPECT_EQ(run["nll_test"]["samples"], 2);
    const fs::path folder = study / run["folder"].get<std::string>();
    for (const char* name :
         {"config.toml", "metrics.jsonl", "result.json", "reconstructions.png", "prior-samples.png"}) {
      EXPECT_TRUE(fs::exists(folder / name)) << folder / name;
    }
  }
  for (const char* name :
       {"table.md", "table.csv", "table.json", "terms.md", "results.json", "curves-as-published.svg"}) {
    EXPECT_GT(fs::file_size(study / name), 100u) << name;
  }
  EXPECT_TRUE(report::is_balanced(content_of(study / "report.html")));

  const fs::path last = study / "as-published" / "planar-8";
  const auto result_time = fs::last_write_time(last / "result.json");
  const std::string metrics = content_of(last / "metrics.jsonl");
  EXPECT_THAT(place.output_of(kSmallStudy), HasSubstr("8 planar layers"));
  EXPECT_EQ(fs::last_write_time(last / "result.json"), result_time);
  EXPECT_EQ(content_of(last / "metrics.jsonl"), metrics);

  // One model that was lost is made again, to the same figures.
  const auto before = nlohmann::json::parse(content_of(last / "result.json"));
  fs::remove_all(last);
  place.output_of(kSmallStudy);
  EXPECT_EQ(nlohmann::json::parse(content_of(last / "result.json"))["train"], before["train"]);

  const Outcome other = place.elbo(kSmallStudy + Words{"--seed", "1"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("seed"));
}

}  // namespace
}  // namespace elbo::app::kong_li
