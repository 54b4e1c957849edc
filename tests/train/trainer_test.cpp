#include "elbo/train/trainer.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>

#include "elbo/engine/ops.h"
#include "elbo/nn/mlp.h"
#include "elbo/settings/error.h"
#include "elbo/train/metrics_file.h"
#include "elbo/train/optimizer.h"
#include "tests/support/folder.h"

namespace elbo::train {
namespace {

using testing_support::TestFolder;

constexpr int64_t kRows = 50, kBatch = 8, kDim = 6;  // 6 batches an epoch

data::SplitData rows() {
  Array array(DType::kF32, {kRows, kDim});
  auto values = array.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i * i % 97));
  return {{"x", std::move(array)}};
}

// A denoising autoencoder: draws of its own in every step, Adam's moments, two metrics.
struct Model {
  nn::Parameters parameters{{.seed = 5}};
  Graph graph;
  Model() {
    const nn::Mlp net{parameters / "net", {.layers = {kDim, 16, kDim}, .activation = "tanh"}};
    const Tensor x = graph.input("x", {kBatch, kDim});
    const Tensor error = square(net(x + 0.3 * random_normal(graph, {kBatch, kDim})) - x);
    const Tensor loss = mean(sum(error, {.axes = {-1}}));
    graph.update(Adam{{.learning_rate = 0.01}}.apply(nn::gradients(loss, parameters)));
    graph.output("loss", loss);
    graph.output("worst", reduce_max(error));
  }
};

// What learns from its own draws alone: the rows are only counted.
TEST(Trainer, RunsAStepWithoutRowsAsOftenAsThereAreBatches) {
  const VariablePtr w = make_variable("w", Array(DType::kF32, {}), true);
  Graph graph;
  graph.output("loss", square(graph.variable(w) - mean(random_normal(graph, {4}))));
  graph.update(w, graph.variable(w) + 1);
  const TrainingResult result = train(graph, rows(), {.epochs = 3, .batch_size = 8});
  EXPECT_EQ(result.steps, 18);
  EXPECT_EQ(w->value.values<float>()[0], 18);
}

// Labels and context go where their names say.
TEST(Trainer, FeedsEveryInputFromTheArrayOfItsName) {
  data::SplitData data = rows();
  std::vector<int32_t> labels(kRows);
  std::vector<float> context(kRows);
  for (size_t i = 0; i < kRows; ++i) {
    labels[i] = static_cast<int32_t>(i % 3);
    context[i] = 2 * static_cast<float>(labels[i]);
  }
  data.set("label", Array::of<int32_t>({kRows}, labels));
  data.set("context", Array::of<float>({kRows, 1}, context));
  Graph graph(GraphMode::kTraining);
  const Tensor label = to_real(graph.input("label", {kBatch}, DType::kI32));
  const Tensor same = reshape(graph.input("context", {kBatch, 1}), {kBatch}) - 2 * label;
  graph.output("loss", reduce_max(abs(same)));
  graph.output("label", mean(label));
  const TrainingResult result = train(graph, data, {.epochs = 1, .batch_size = kBatch});
  EXPECT_EQ(result.epochs.back().train.at("loss"), 0);
  EXPECT_GT(result.epochs.back().train.at("label"), 0.5);
  EXPECT_LT(result.epochs.back().train.at("label"), 1.5);
  EXPECT_THROW(train(graph, rows(), {.epochs = 1, .batch_size = kBatch}), DataError);
}

// As folders of older versions have them: counters of steps that nothing reads any more.
TEST(Trainer, TakesACheckpointThatHoldsMoreThanTheModelNeeds) {
  const TestFolder place;
  const auto folder = place / "older";
  Model before;
  const VariablePtr counter = make_variable("adam.step", Array(DType::kF32, {}), false);
  before.graph.update(counter, before.graph.variable(counter) + 1);
  train(before.graph, rows(), {.epochs = 2, .batch_size = kBatch, .folder = folder});
  Model loaded, resumed, whole;
  EXPECT_EQ(load_variables(folder, loaded.graph.variables()), 2);
  train(resumed.graph, rows(), {.epochs = 3, .batch_size = kBatch, .folder = folder, .resume = true});
  train(whole.graph, rows(), {.epochs = 3, .batch_size = kBatch});
  for (size_t i = 0; i < whole.graph.variables().size(); ++i) {
    const Array &a = resumed.graph.variables()[i]->value, &b = whole.graph.variables()[i]->value;
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << whole.graph.variables()[i]->name;
  }
}

std::vector<Array> values_of(const Model& model) {
  std::vector<Array> values;
  for (const VariablePtr& variable : model.graph.variables()) values.push_back(variable->value);
  return values;
}

void expect_same_bits(const std::vector<Array>& a, const std::vector<Array>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].bytes()), 0) << "variable " << i;
  }
}

TEST(Train, LearnsAndReportsEveryEpoch) {
  const TestFolder place;
  Model model;
  const data::SplitData data = rows();
  int epochs = 0;
  const auto folder = place / "learns";
  const TrainingResult result =
      train(model.graph, data, {.epochs = 20, .batch_size = kBatch, .seed = 1, .folder = folder},
            {.on_epoch = [&](const EpochReport& report) { EXPECT_EQ(report.epoch, ++epochs); }});
  EXPECT_EQ(epochs, 20);
  EXPECT_EQ(result.steps, 20 * (kRows / kBatch));
  EXPECT_LT(result.epochs.back().train.at("loss"), 0.7 * result.epochs.front().train.at("loss"));
  EXPECT_EQ(result.epochs.back().train.count("worst"), 1U);
  const std::vector<EpochReport> written = read_metrics(folder, 1000);
  ASSERT_EQ(written.size(), 20U);
  EXPECT_EQ(written[7].train.at("loss"), result.epochs[7].train.at("loss"));
}

// Interrupts at every step of the first three epochs, mid-epoch too, resumes, and compares with one run.
TEST(Train, AResumedRunHasTheBitsOfOneThatWasNeverStopped) {
  const TestFolder place;
  const data::SplitData data = rows();
  Model whole;
  const auto whole_folder = place / "whole";
  const TrainingOptions options{.epochs = 5, .batch_size = kBatch, .seed = 1, .folder = whole_folder};
  const TrainingResult expected = train(whole.graph, data, options);
  for (int64_t stop = 1; stop <= 18; ++stop) {
    const auto folder = place / std::to_string(stop);
    TrainingOptions here = options;
    here.folder = folder;
    {
      Model model;
      int64_t step = 0;
      // The data are asked for through the callback of the step before; a signal there stops after the next step.
      TrainingCallbacks callbacks;
      callbacks.validate = [&](int64_t) { return Metrics{}; };
      callbacks.on_step = [&](const StepReport& report) {
        step = (report.epoch - 1) * report.steps + report.step;
        if (step >= stop) raise(SIGINT);
      };
      const TrainingResult result = train(model.graph, data, here, callbacks);
      EXPECT_EQ(result.interrupted_by, SIGINT);
    }
    Model model;
    here.resume = true;
    const TrainingResult result = train(model.graph, data, here);
    EXPECT_EQ(result.interrupted_by, 0);
    expect_same_bits(values_of(model), values_of(whole));
    ASSERT_EQ(result.epochs.size(), expected.epochs.size());
    for (size_t e = 0; e < expected.epochs.size(); ++e) {
      EXPECT_EQ(result.epochs[e].train, expected.epochs[e].train) << "epoch " << e + 1 << ", stopped at " << stop;
    }
  }
}

// Best at the second evaluation, worse from then on.
Metrics second_is_best(int64_t epoch) {
  return {{"loss", epoch == 2 ? 1.0 : 2.0 + static_cast<double>(epoch)}};
}

TEST(Train, PatienceEndsTrainingWithTheBestWeightsAndSurvivesAResume) {
  const TestFolder place;
  const auto folder = place / "patience";
  const data::SplitData data = rows();
  for (const bool to_a_folder : {false, true}) {
    Model model;
    std::vector<Array> best;
    const auto validate = [&](int64_t epoch) {
      if (epoch == 2) best = values_of(model);
      return second_is_best(epoch);
    };
    TrainingOptions options{.epochs = 50, .batch_size = kBatch, .seed = 1, .patience = 3};
    if (to_a_folder) options.folder = folder;
    const TrainingResult result = train(model.graph, data, options, {.validate = validate});
    EXPECT_TRUE(result.stopped_early);
    EXPECT_EQ(result.epochs.size(), 5U);
    EXPECT_EQ(result.best_epoch, 2);
    EXPECT_EQ(result.kept_epoch().epoch, 2);
    expect_same_bits(values_of(model), best);
    if (!to_a_folder) continue;
    Model loaded;
    EXPECT_EQ(load_variables(folder, loaded.graph.variables()), 2);
    expect_same_bits(values_of(loaded), best);
    Model again;
    options.resume = true;
    const TrainingResult resumed = train(again.graph, data, options, {.validate = second_is_best});
    EXPECT_TRUE(resumed.stopped_early);
    EXPECT_EQ(resumed.steps, 0);
    EXPECT_EQ(resumed.best_epoch, 2);
    expect_same_bits(values_of(again), best);
  }
}

// Stopped at every step until after the best, also with the best ahead of the newest checkpoint, as a kill leaves it.
TEST(Train, AResumedRunKeepsTheSameBest) {
  const TestFolder place;
  const data::SplitData data = rows();
  Model whole;
  TrainingOptions options{.epochs = 50, .batch_size = kBatch, .seed = 1, .patience = 3};
  train(whole.graph, data, options, {.validate = second_is_best});
  for (int64_t stop = 1; stop <= 20; ++stop) {
    options.folder = place / std::to_string(stop);
    options.resume = false;
    Model model;
    TrainingCallbacks callbacks{.validate = second_is_best};
    callbacks.on_step = [&](const StepReport& report) {
      if ((report.epoch - 1) * report.steps + report.step >= stop) raise(SIGINT);
    };
    EXPECT_EQ(train(model.graph, data, options, callbacks).interrupted_by, SIGINT);
    options.resume = true;
    Model again;
    EXPECT_EQ(train(again.graph, data, options, {.validate = second_is_best}).best_epoch, 2);
    expect_same_bits(values_of(again), values_of(whole));
  }
  std::filesystem::remove_all(options.folder / "checkpoints");  // begins anew, with epoch 2 lying ahead
  Model anew;
  EXPECT_EQ(train(anew.graph, data, options, {.validate = second_is_best}).best_epoch, 2);
  expect_same_bits(values_of(anew), values_of(whole));
}

TEST(Train, RefusesACheckpointOfAnotherRun) {
  const TestFolder place;
  const auto folder = place / "other";
  const data::SplitData data = rows();
  Model model;
  train(model.graph, data, {.epochs = 1, .batch_size = kBatch, .seed = 1, .folder = folder});
  Model other_seed;
  EXPECT_THROW(
      train(other_seed.graph, data, {.epochs = 2, .batch_size = kBatch, .seed = 2, .folder = folder, .resume = true}),
      ConfigError);
  const VariablePtr stranger = make_variable("stranger", Array(DType::kF32, {2}));
  EXPECT_THROW(load_variables(folder, {stranger}), CorruptFileError);
  const VariablePtr misshapen = make_variable("net.0.weight", Array(DType::kF32, {2, 2}));
  EXPECT_THROW(load_variables(folder, {misshapen}), CorruptFileError);
}

TEST(Train, ALossThatIsNotFiniteKeepsTheLastCheckpoint) {
  const TestFolder place;
  const auto folder = place / "nan";
  const data::SplitData data = rows();
  Model model;
  train(model.graph, data, {.epochs = 1, .batch_size = kBatch, .seed = 1, .folder = folder});
  const std::vector<Array> good = values_of(model);
  Array bad = data.array("x");
  bad.values<float>()[7] = std::nanf("");
  EXPECT_THROW(train(model.graph, {{"x", bad}},
                     {.epochs = 3, .batch_size = kBatch, .seed = 1, .folder = folder, .resume = true}),
               NumericalError);
  Model again;
  EXPECT_EQ(load_variables(folder, again.graph.variables()), 1);
  expect_same_bits(values_of(again), good);
}

TEST(Metrics, ATornLastLineIsLeftOut) {
  const TestFolder place;
  const auto folder = place / "torn";
  std::filesystem::create_directories(folder);
  append_metrics(folder, {.epoch = 1, .step = 6, .train = {{"loss", 2.5}}});
  std::ofstream(folder / "metrics.jsonl", std::ios::app) << R"({"epoch":2,"step":12,"tr)";
  EXPECT_EQ(read_metrics(folder, 10).size(), 1U);
  EXPECT_TRUE(read_metrics(folder, 0).empty());
}

}  // namespace
}  // namespace elbo::train
