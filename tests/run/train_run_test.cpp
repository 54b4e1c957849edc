// Training and using a model through the functions that commands and studies share.
#include "elbo/run/train_run.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "elbo/eval/apply.h"
#include "elbo/eval/evaluate.h"
#include "elbo/run/environment.h"
#include "elbo/run/pictures.h"
#include "elbo/run/run_folder.h"
#include "elbo/run/schema.h"
#include "elbo/run/training_folder.h"
#include "elbo/settings/error.h"
#include "elbo/train/metrics_file.h"
#include "tests/support/folder.h"

namespace elbo::run {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TrainRun : public testing::Test {
 protected:
  static Config small(const std::vector<std::string>& assignments = {}) {
    std::vector<std::string> all{"data.name=two-moons", "data.rows=120",      "latent.dimension=2",
                                 "encoder.hidden=[8]",  "decoder.hidden=[8]", "likelihood.name=normal",
                                 "train.batch_size=30", "train.epochs=3",     "data.validation=50"};
    all.insert(all.end(), assignments.begin(), assignments.end());
    Config config(run_schema());
    config.set(all);
    return config;
  }

  const testing_support::TestFolder folder_;
};

TEST_F(TrainRun, ReportsEachEpochAndLeavesTheTrainedModelInTheCallersHands) {
  const Config config = small();
  RunModel run = build_run(config.settings());
  const std::vector<VariablePtr> variables = run.model->parameters().all();
  const Array before = variables.front()->value;
  std::vector<int64_t> epochs;
  train::TrainingCallbacks callbacks;
  callbacks.on_epoch = [&](const train::EpochReport& report) { epochs.push_back(report.epoch); };
  const RunOutcome outcome = train_run(config, run, {.folder = folder_ / "run", .threads = 1}, callbacks);

  EXPECT_THAT(epochs, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(outcome.training.steps, 3 * 4);
  EXPECT_EQ(outcome.parameters, run.model->parameters().count());
  for (const char* name : {"loss", "reconstruction", "kl"}) {
    EXPECT_TRUE(outcome.training.last.train.contains(name)) << name;
    EXPECT_TRUE(outcome.training.last.validation.contains(name)) << name;
  }
  EXPECT_FALSE(std::equal(before.data(), before.data() + before.bytes(), variables.front()->value.data()));

  // What the folder holds is that model.
  const std::unique_ptr<const models::Model> loaded = load_model(open_run(folder_ / "run"));
  for (const VariablePtr& variable : variables) {
    const VariablePtr other = loaded->parameters().find(variable->name);
    ASSERT_TRUE(other) << variable->name;
    EXPECT_EQ(std::memcmp(other->value.data(), variable->value.data(), other->value.bytes()), 0) << variable->name;
  }
  EXPECT_EQ(run_config(folder_ / "run"), config);
}

// The averages are what the caller has at the end, what the folder gives, and what validation was of.
TEST_F(TrainRun, AveragesOfTheWeightsAreTheModel) {
  const Config config = small({"train.average=ema", "train.average.decay=0.9"}), plain = small();
  RunModel run = build_run(config.settings()), other = build_run(plain.settings());
  const auto averaged = train_run(config, run, {.folder = folder_ / "averaged", .threads = 1});
  const auto as_it_is = train_run(plain, other, {.folder = folder_ / "plain", .threads = 1});
  EXPECT_EQ(averaged.training.last.train, as_it_is.training.last.train);  // training does not see them
  EXPECT_NE(averaged.training.last.validation, as_it_is.training.last.validation);
  const std::unique_ptr<const models::Model> loaded = load_model(open_run(folder_ / "averaged"));
  for (const VariablePtr& variable : run.model->parameters().all()) {
    const VariablePtr same = loaded->parameters().find(variable->name);
    ASSERT_TRUE(same) << variable->name;
    EXPECT_EQ(std::memcmp(same->value.data(), variable->value.data(), same->value.bytes()), 0) << variable->name;
  }
}

// A schedule that waits for what never comes would be a constant in silence.
TEST_F(TrainRun, APlateauNeedsRowsToValidateBy) {
  const auto refusal_of = [](const Config& config, bool validation_rows) -> std::string {
    try {
      data::Dataset dataset = load_data(config.settings());
      if (!validation_rows) dataset.validation = {};
      build_run(config.settings(), std::move(dataset));
    } catch (const ConfigError& error) {
      return error.what();
    }
    return {};
  };
  const Config plateau = small({"optimizer.schedule=plateau"});
  EXPECT_EQ(refusal_of(plateau, true), "");
  EXPECT_EQ(
      refusal_of(plateau, false),
      "--set optimizer.schedule=plateau: two-moons has no validation rows to judge by; data.validation takes some");
  EXPECT_THAT(refusal_of(small({"optimizer.schedule=[\"warm-up\", \"plateau\"]"}), false),
              HasSubstr("has no validation rows to judge by"));
  EXPECT_EQ(refusal_of(small({"optimizer.schedule=[\"warm-up\", \"cosine\"]"}), false), "");
  Config energy(run_schema());
  energy.set({"model=flow", "objective=reverse-kl", "data=energy-1", "data.rows=200", "train.batch_size=30"});
  EXPECT_EQ(refusal_of(energy, true), "");
  energy.set({"optimizer.schedule=plateau"});
  EXPECT_THAT(refusal_of(energy, true), HasSubstr("reverse-kl has no validation rows to judge by"));
}

TEST_F(TrainRun, TakesTheDataOfTheRunBefore) {
  const Config plain = small(), flow = small({"posterior.flow=planar", "posterior.flow.layers=2"});
  RunModel first = build_run(plain.settings());
  train_run(plain, first, {.folder = folder_ / "plain", .threads = 1});
  RunModel second = build_run(flow.settings(), std::move(first.dataset));
  train_run(flow, second, {.folder = folder_ / "flow", .threads = 1});
  EXPECT_TRUE(fs::exists(folder_ / "flow" / "summary.json"));
}

TEST_F(TrainRun, OutputsOfTheGraphAreThoseOfTheObjective) {
  const auto outputs = [](const Config& config) {
    std::vector<std::string> names;
    const RunModel run = build_run(config.settings());
    for (const auto& output : run.step.outputs()) names.push_back(output.name);
    return names;
  };
  EXPECT_THAT(outputs(small()), testing::ElementsAre("loss", "reconstruction", "kl"));
  EXPECT_THAT(outputs(small({"objective.name=iwae"})), testing::ElementsAre("loss", "negative_elbo"));
  EXPECT_THAT(outputs(small({"objective.name=kong-li", "posterior.flow=planar", "posterior.flow.layers=1"})),
              testing::ElementsAre("loss", "reconstruction", "kl", "log_abs_det", "negative_elbo"));
}

// What is validated is what is trained: of 20 draws the importance-weighted loss lies below the bound of the same
// draws, and a curve, a best epoch or a patience that mixed the two would mislead.
TEST_F(TrainRun, ValidatesByTheObjectiveThatIsTrained) {
  const Config config = small({"objective=iwae", "objective.latent_samples=20", "train.epochs=1"});
  RunModel run = build_run(config.settings());
  const RunOutcome outcome = train_run(config, run, {.folder = folder_ / "iwae", .threads = 1});
  const train::Metrics& validation = outcome.training.last.validation;
  const auto once = eval::RowEvaluator(eval::loss_quantities(*run.model), run.dataset, data::Split::kValidation,
                                       {.latent_samples = 1, .batch_size = 500, .threads = 1})
                        .estimates();
  const auto offsets = eval::offsets_of_units(*run.model, run.dataset);
  const auto offset = offsets.find("loss");
  EXPECT_EQ(validation.at("loss"), once.at("loss").mean + (offset == offsets.end() ? 0 : offset->second));
  EXPECT_LT(validation.at("loss"), validation.at("negative_elbo") - 0.1);
  const eval::Evaluation e = eval::evaluate(*run.model, run.dataset, data::Split::kValidation, {.latent_samples = 50});
  EXPECT_NEAR(e.find("negative_elbo")->estimate.mean, validation.at("negative_elbo"), 0.5);
  EXPECT_NEAR(e.find("loss")->estimate.mean, validation.at("loss"), 0.2);
}

TEST_F(TrainRun, PatienceJudgesByTheObjectiveThatIsTrained) {
  const Config config = small({"objective=iwae", "objective.latent_samples=20", "train.epochs=6", "train.patience=6"});
  const RunOutcome outcome = train_run(config, {.folder = folder_ / "iwae", .threads = 1});
  const std::vector<train::EpochReport> epochs = train::read_metrics(outcome.folder);
  const auto best = std::min_element(epochs.begin(), epochs.end(), [](const auto& a, const auto& b) {
    return a.validation.at("loss") < b.validation.at("loss");
  });
  EXPECT_EQ(outcome.training.best_epoch, best->epoch);
}

TEST_F(TrainRun, ProgressTellsThePartOfTheWholeAndTheLabel) {
  std::ostringstream text;
  report::Progress progress({.plain_interval = 0, .out = &text, .terminal = false, .clock = [] { return 0.0; }});
  const train::TrainingCallbacks callbacks = training_callbacks(progress, {.text = "flow: ", .first = 0.5, .last = 1});
  callbacks.on_step({.epoch = 1, .epochs = 2, .step = 5, .steps = 10, .loss = 3, .steps_per_second = 7});
  callbacks.on_epoch({.epoch = 1, .step = 10, .train = {{"loss", 2}}, .validation = {{"loss", 4}}});
  callbacks.on_message("a word");
  EXPECT_THAT(text.str(), HasSubstr(" 62%  flow: epoch 1/2  step 5/10  loss 3.00  7 steps/s"));
  EXPECT_THAT(text.str(), HasSubstr(" 75%  flow: epoch 1/2  loss 2.00  validation loss 4.00"));
  EXPECT_THAT(text.str(), HasSubstr("flow: a word\n"));
}

TEST_F(TrainRun, RowsDoNotDependOnHowManyAreAskedFor) {
  const RunModel run = build_run(small({"data.rows=600"}).settings());
  const Array all = eval::encode(*run.model, run.dataset, data::Split::kTrain, {.draw = true, .seed = 3});
  const Array few = eval::encode(*run.model, run.dataset, data::Split::kTrain, {.rows = 300, .draw = true, .seed = 3});
  ASSERT_EQ(all.shape(), (Shape{600, 2}));
  ASSERT_EQ(few.shape(), (Shape{300, 2}));
  EXPECT_EQ(std::memcmp(all.data(), few.data(), few.bytes()), 0);
  const eval::Reconstructions both = eval::reconstruct(*run.model, run.dataset, data::Split::kTrain, {.rows = 1000});
  ASSERT_EQ(both.inputs.shape(), (Shape{600, 2})) << "no more than there are";
  EXPECT_EQ(std::memcmp(both.inputs.data(), run.dataset.values(data::Split::kTrain).data(), both.inputs.bytes()), 0);
}

TEST_F(TrainRun, NumberedFoldersAreNeverShared) {
  EXPECT_EQ(make_numbered_folder(folder_.path(), "vae"), folder_ / "vae-1");
  EXPECT_EQ(make_numbered_folder(folder_.path(), "vae"), folder_ / "vae-2");
  fs::remove(folder_ / "vae-1");
  EXPECT_EQ(make_numbered_folder(folder_.path(), "vae"), folder_ / "vae-1");
}

TEST_F(TrainRun, AGridFillsItsLastRowWhereAFewMoreColumnsDo) {
  const data::ImageGeometry image{.height = 64, .width = 64, .channels = 1};
  const auto columns = [&](int64_t count) {
    return (grid_of(Array(DType::kF32, {count, 64 * 64}), image).width() - 2) / 66;
  };
  EXPECT_EQ(columns(64), 8);
  EXPECT_EQ(columns(30), 6);
  EXPECT_EQ(columns(20), 5);
  EXPECT_EQ(columns(7), 3);
  EXPECT_EQ(columns(1), 1);
}

}  // namespace
}  // namespace elbo::run
