#include <cmath>
#include <nlohmann/json.hpp>

#include "elbo/app/reproduce/posteriors_report.h"
#include "elbo/app/run/build.h"
#include "tests/app/commands/program.h"
#include "tests/report/markup_check.h"

namespace elbo::app::posteriors {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

eval::Estimate estimate(double mean) {
  return {.mean = mean, .standard_error = 0.25, .samples = 10};
}

FinishedPosterior made_up(const PlannedPosterior& plan, const std::vector<double>& bounds, double gap) {
  FinishedPosterior posterior{.plan = plan, .runs = {}};
  for (const double bound : bounds) {
    posterior.runs.push_back({.config = "seed = 0\n",
                              .importance_samples = 100,
                              .negative_elbo = estimate(bound),
                              .reconstruction = estimate(bound - 20),
                              .kl = estimate(20),
                              .nll = estimate(bound - gap),
                              .count_test = 10,
                              .parameters = 1000,
                              .ms_per_step = 2,
                              .seconds = 1,
                              .losses = {bound + 5, bound}});
  }
  return posterior;
}

std::vector<FinishedPosterior> made_up_study() {
  std::vector<FinishedPosterior> finished;
  for (const PlannedPosterior& plan : planned_posteriors()) {
    const auto place = static_cast<double>(finished.size());
    finished.push_back(made_up(plan, {100 - place, 101 - place}, 6 - 0.5 * place));
  }
  return finished;
}

TEST(PosteriorsPlan, EachIsAModelOfItsOwnAndTheSameOtherwise) {
  const StudyOptions options = resolved({});
  EXPECT_EQ(options.epochs, kEpochs);
  EXPECT_EQ(options.seeds, kSeeds);
  std::vector<std::string> posteriors;
  for (const PlannedPosterior& plan : planned_posteriors()) {
    const Config config = config_of(plan, 3, options);
    EXPECT_EQ(config.integer("seed"), 3);
    EXPECT_EQ(config.text("data.binarization"), "dynamic");
    EXPECT_EQ(config.text("posterior.flow") != "none", config.flag("posterior.amortized")) << plan.name;
    posteriors.push_back(config.text("posterior.family") + " " + config.text("posterior.flow"));
    EXPECT_GT(build_model(config, 16).parameters.count(), 0) << plan.name;
  }
  EXPECT_THAT(posteriors,
              testing::ElementsAre("diagonal-normal none", "full-normal none", "diagonal-normal planar",
                                   "diagonal-normal radial", "diagonal-normal sylvester-orthogonal",
                                   "diagonal-normal sylvester-householder", "diagonal-normal sylvester-triangular",
                                   "diagonal-normal iaf", "diagonal-normal real-nvp", "diagonal-normal nsf-coupling"));
}

TEST(PosteriorsReport, PoolsSeedsAndTakesTheGap) {
  const Pooled both = pooled({estimate(100), estimate(102)});
  EXPECT_DOUBLE_EQ(both.estimate.mean, 101);
  EXPECT_DOUBLE_EQ(both.estimate.standard_error, 0.25);
  EXPECT_DOUBLE_EQ(*both.spread, std::sqrt(2.0));
  EXPECT_FALSE(pooled({estimate(100)}).spread);
  const json rows = json::parse(results_table(made_up_study()).to_json());
  ASSERT_EQ(rows.size(), planned_posteriors().size());
  EXPECT_DOUBLE_EQ(rows[2]["negative_elbo"]["mean"].get<double>(), 98.5);
  EXPECT_DOUBLE_EQ(rows[2]["gap"].get<double>(), 5);
  EXPECT_DOUBLE_EQ(rows[2]["nll_spread"].get<double>(), std::sqrt(0.5));
}

TEST(PosteriorsReport, PageIsWellFormedWithAnyNumberOfRunsAndSaysWhatTheyBearOut) {
  const StudyOptions options = resolved({.data = "mnist"});
  const std::vector<FinishedPosterior> all = made_up_study();
  for (size_t count = 0; count <= all.size(); ++count) {
    const std::vector<FinishedPosterior> some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
    EXPECT_TRUE(report::is_balanced(page({.options = options, .finished = some, .done = count, .planned = 20})));
  }
  const std::string text = page({.options = options, .finished = all, .done = 20, .planned = 20});
  EXPECT_THAT(text, HasSubstr("The lowest −ELBO: spline coupling, 4 layers (91.50 against 100.50: 9.00 nats lower)."));
  EXPECT_THAT(text, HasSubstr("in nats: spline coupling, 4 layers (1.50; 6.00 with the diagonal normal)."));
  EXPECT_THAT(text, Not(HasSubstr("runs are finished")));
  EXPECT_THAT(
      page({.options = options, .finished = {all[0], made_up(all[1].plan, {150}, 1)}, .done = 3, .planned = 20}),
      HasSubstr("The lowest importance-weighted NLL: diagonal normal (94.50)."));
  std::vector<FinishedPosterior> worse{all[0], made_up(all[1].plan, {150}, 1)};
  worse[0].runs.front().nll.reset();
  worse[0].runs.back().nll.reset();
  EXPECT_THAT(page({.options = options, .finished = worse, .done = 3, .planned = 20}),
              HasSubstr("No posterior has a lower −ELBO than the diagonal normal (100.50)."));
}

TEST(PosteriorsResult, ReadsBackWhatItWrites) {
  RunResult result = made_up(planned_posteriors()[0], {100}, 3).runs.front();
  result.negative_elbo.standard_error = std::nan("");  // of a single image
  const std::string text = to_json(result);
  EXPECT_EQ(to_json(result_from_json(text, "result.json")), text);
  result.nll.reset();
  EXPECT_FALSE(result_from_json(to_json(result), "result.json").nll);
  EXPECT_THROW(result_from_json("{}", "result.json"), CorruptFileError);
  EXPECT_THROW(result_from_json(text.substr(0, 100), "result.json"), CorruptFileError);
}

const Words kSmallStudy{
    "reproduce", "posteriors", "--data", "idx:data", "--epochs",  "1", "--seeds", "1",
    "--limit",   "40",         "--out",  "study",    "--threads", "1", "--quiet", "--importance-samples",
    "2"};

TEST(PosteriorsCommand, WritesEverythingAndGoesOnWhereItWasStopped) {
  const Workplace place;
  write_images(place.path() / "data");
  const fs::path study = place.path() / "study";
  const pid_t child = place.start(kSmallStudy);
  EXPECT_TRUE(wait_until([&] { return fs::exists(study / "radial" / "seed-0" / "result.json"); }));
  ::kill(child, SIGINT);
  const Outcome stopped = place.wait_for(child);
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("the same command goes on from there"));
  const auto time = fs::last_write_time(study / "planar" / "seed-0" / "result.json");

  const Outcome whole = place.elbo(kSmallStudy + Words{"--json"});
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(whole.err, "");
  EXPECT_EQ(fs::last_write_time(study / "planar" / "seed-0" / "result.json"), time) << "trained twice";
  const json results = json::parse(whole.out);
  ASSERT_EQ(results["posteriors"].size(), planned_posteriors().size());
  for (const json& posterior : results["posteriors"]) {
    ASSERT_EQ(posterior["runs"].size(), 1u);
    const json& run = posterior["runs"][0];
    const double bound = run["negative_elbo"]["mean"];
    EXPECT_NEAR(bound, run["reconstruction"]["mean"].get<double>() + run["kl"]["mean"].get<double>(), 1e-3);
    EXPECT_EQ(run["nll"]["samples"], 2);
    EXPECT_EQ(run["count_test"], 40);
  }
  for (const char* name : {"table.md", "table.csv", "table.json", "results.json", "gap.svg", "curves.svg"}) {
    EXPECT_GT(fs::file_size(study / name), 100u) << name;
  }
  EXPECT_TRUE(report::is_balanced(content_of(study / "report.html")));

  // Another seed of each joins what is there.
  Words two_seeds = kSmallStudy;
  two_seeds[7] = "2";
  const json two = json::parse(place.output_of(two_seeds + Words{"--json"}));
  EXPECT_EQ(two["posteriors"][0]["runs"][0], results["posteriors"][0]["runs"][0]);
  EXPECT_NE(two["posteriors"][0]["runs"][1]["negative_elbo"], two["posteriors"][0]["runs"][0]["negative_elbo"]);
}

TEST(PosteriorsCommand, OptionsThatAStudyDoesNotReadAreRefused) {
  const Workplace place;
  const Outcome variant = place.elbo({"reproduce", "posteriors", "--variant", "both"});
  EXPECT_EQ(variant.code, 2);
  EXPECT_THAT(variant.err, HasSubstr("--variant: the study posteriors has no use for it"));
  EXPECT_EQ(place.elbo({"reproduce", "density-2d", "--seeds", "2"}).code, 2);
}

}  // namespace
}  // namespace elbo::app::posteriors
