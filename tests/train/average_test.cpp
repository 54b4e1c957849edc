// Averages of the weights: their recurrence, and where they stand for the weights.
#include "elbo/train/average.h"

#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <signal.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/io/checkpoint.h"
#include "tests/support/folder.h"
#include "tests/train/small_model.h"

namespace elbo::train {
namespace {

Settings average_place(const std::vector<std::string>& assignments) {
  static const std::vector<Option> place{average_part()};
  return Settings::of(place, assignments);
}

// w loses a tenth of itself at each step.
TEST(Average, FollowsTheWeightsWithTheShareOfItsStep) {
  for (const double decay : {0.0, 0.5, 0.9}) {
    const Settings settings = average_place({"average=ema", "average.decay=" + std::to_string(decay)});
    const VariablePtr w = make_variable("w", Array::of<float>({1}, {8}));
    Graph graph(GraphMode::kTraining);
    const Gradients gradients{{w, graph.variable(w)}};
    graph.update(with_average(Sgd{{.learning_rate = 0.1}}.apply(gradients), gradients, settings.parts("average")));
    Interpreter interpreter(graph, {.precision = Precision::kF64});
    double weight = 8, average = 8;
    for (uint64_t t = 0; t < 60; ++t) {
      interpreter.run({}, {.step = t});
      weight -= 0.1 * weight;
      const double kept = std::min(decay, (1.0 + static_cast<double>(t)) / (10.0 + static_cast<double>(t)));
      average = kept * average + (1 - kept) * weight;
    }
    const std::vector<VariablePtr> variables = graph.variables();
    ASSERT_EQ(variables.size(), 2U);
    EXPECT_EQ(variables[1]->name, "average.w");
    EXPECT_FALSE(variables[1]->trainable);
    EXPECT_NEAR(interpreter.variable(w.get())[0], weight, 1e-12);
    EXPECT_NEAR(interpreter.variable(variables[1].get())[0], average, 1e-12) << decay;
  }
}

TEST(Average, IsNoneWhereNothingIsSaid) {
  EXPECT_TRUE(average_place({}).parts("average").empty());
  EXPECT_TRUE(average_place({"average=none"}).parts("average").empty());
}

// The autoencoder of the tests with and without averages.
struct AveragedModel {
  nn::Parameters parameters{{.seed = 5}};
  Graph graph{GraphMode::kTraining};
  explicit AveragedModel(bool averaged = true) {
    const nn::Mlp net{parameters / "net", {.layers = {kDim, 16, kDim}, .activation = "tanh"}};
    const Tensor x = graph.input("x", {kBatch, kDim});
    const Tensor loss = mean(sum(square(net(x + 0.3 * random_normal(graph, {kBatch, kDim})) - x), {.axes = {-1}}));
    graph.output("loss", loss);
    const Gradients gradients = nn::gradients(loss, parameters);
    const Settings settings = average_place({averaged ? "average=ema" : "average=none"});
    graph.update(with_average(Adam{{.learning_rate = 0.01}}.apply(gradients), gradients, settings.parts("average")));
  }

  std::vector<float> weights() const { return values("net.0.weight"); }
  std::vector<float> values(const std::string& name) const {
    for (const VariablePtr& variable : graph.variables()) {
      if (variable->name != name) continue;
      const auto all = std::as_const(variable->value).values<float>();
      return {all.begin(), all.end()};
    }
    return {};
  }
};

std::vector<float> tensor_of(const std::filesystem::path& checkpoint, const std::string& name) {
  for (const io::NamedArray& tensor : io::load_checkpoint(checkpoint).tensors) {
    if (tensor.name != name) continue;
    const auto all = tensor.array.values<float>();
    return {all.begin(), all.end()};
  }
  return {};
}

// Training is the same to the bit; validation sees the averages, a checkpoint has both, and whoever reads weights to
// use them gets the averages, as the caller has them at the end.
TEST(Average, StandsForTheWeightsWhereTheyAreUsed) {
  const testing_support::TestFolder place;
  const data::SplitData data = rows();
  AveragedModel model, plain(false);
  std::vector<float> seen;
  TrainingOptions options{.epochs = 3, .batch_size = kBatch, .seed = 1, .folder = place / "averaged"};
  train(model.graph, data, options, {.validate = [&](int64_t) {
          seen = model.weights();
          return Metrics{};
        }});
  options.folder = place / "plain";
  train(plain.graph, data, options);

  const auto checkpoint = *io::latest_checkpoint(place / "averaged");
  const std::vector<float> raw = tensor_of(checkpoint, "net.0.weight");
  const std::vector<float> average = tensor_of(checkpoint, "average.net.0.weight");
  EXPECT_EQ(raw, plain.weights());
  EXPECT_NE(raw, average);
  EXPECT_EQ(seen, average);
  EXPECT_EQ(model.weights(), average);
  AveragedModel used(false);
  load_variables(place / "averaged", used.parameters.all());
  EXPECT_EQ(used.weights(), average);
}

// Of what is not trained there is no average: it is read as it is.
TEST(Average, LeavesWhatIsNotTrainedAsItIs) {
  const testing_support::TestFolder place;
  const VariablePtr w = make_variable("w", Array::of<float>({1}, {1}));
  const VariablePtr average = make_variable("average.w", Array::of<float>({1}, {2}), false);
  const VariablePtr statistic = make_variable("running_mean", Array::of<float>({1}, {3}), false);
  save_state(place / "run", {.step = 1}, {}, {w, average, statistic});
  w->value.values<float>()[0] = statistic->value.values<float>()[0] = 0;
  load_variables(place / "run", {w, statistic});
  EXPECT_EQ(w->value.values<float>()[0], 2);
  EXPECT_EQ(statistic->value.values<float>()[0], 3);
}

TEST(Average, IsThatOfTheBestEvaluation) {
  const testing_support::TestFolder place;
  const data::SplitData data = rows();
  for (const bool in_folder : {true, false}) {
    AveragedModel model;
    std::vector<float> second;
    TrainingOptions options{.epochs = 9, .batch_size = kBatch, .seed = 1, .patience = 2};
    if (in_folder) options.folder = place / "best";
    train(model.graph, data, options, {.validate = [&](int64_t epoch) {
            if (epoch == 2) second = model.weights();
            return second_is_best(epoch);
          }});
    EXPECT_EQ(model.weights(), second) << in_folder;
  }
  AveragedModel used(false), whole;
  load_variables(place / "best", used.parameters.all());
  EXPECT_FALSE(used.weights().empty());
  train(whole.graph, data, {.epochs = 2, .batch_size = kBatch, .seed = 1});
  EXPECT_EQ(used.weights(), whole.weights());
}

TEST(Average, AResumedRunHasTheBitsOfOneThatWasNeverStopped) {
  const testing_support::TestFolder place;
  const data::SplitData data = rows();
  AveragedModel whole;
  TrainingOptions options{.epochs = 4, .batch_size = kBatch, .seed = 1};
  train(whole.graph, data, options);
  const auto no_loss = [](int64_t) { return Metrics{}; };
  for (const int64_t stop : {1, 6, 9, 18}) {
    options.folder = place / std::to_string(stop);
    options.resume = false;
    {
      AveragedModel model;
      const auto interrupt = [&](const StepReport& report) {
        if ((report.epoch - 1) * report.steps + report.step >= stop) raise(SIGINT);
      };
      EXPECT_EQ(train(model.graph, data, options, {.on_step = interrupt, .validate = no_loss}).interrupted_by, SIGINT);
    }
    AveragedModel model;
    options.resume = true;
    train(model.graph, data, options, {.validate = no_loss});
    expect_same_bits(values_of(model), values_of(whole));
  }
}

}  // namespace
}  // namespace elbo::train
