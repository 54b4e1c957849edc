#include "elbo/train/checkpoints.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>

#include "elbo/io/checkpoint.h"
#include "elbo/settings/error.h"
#include "tests/support/folder.h"
#include "tests/support/message.h"
#include "tests/train/small_model.h"

namespace elbo::train {
namespace {

using testing_support::TestFolder;

// A run that is to end with its best weights, and has lost them, says so in place of ending with others.
TEST(Checkpoints, RefusesToGoOnWithoutTheBestWeights) {
  const TestFolder place;
  const auto folder = place / "run";
  const data::SplitData data = rows();
  Model model;
  TrainingOptions options{.epochs = 50, .batch_size = kBatch, .seed = 1, .folder = folder, .patience = 3};
  train(model.graph, data, options, {.validate = second_is_best});
  std::filesystem::remove_all(folder / "best");
  Model again;
  EXPECT_THROW(load_variables(folder, again.graph.variables()), CorruptFileError);
  options.resume = true;
  EXPECT_THROW(train(again.graph, data, options, {.validate = second_is_best}), CorruptFileError);
}

// In a step that no loss reads: the guard of the loss cannot see it.
TEST(Checkpoints, MakesNoCheckpointOfWhatIsNotFinite) {
  const TestFolder place;
  const auto folder = place / "run";
  const data::SplitData data = rows();
  Model model;
  const VariablePtr statistic = make_variable("norm.running_mean", Array(DType::kF32, {2, 2}), false);
  const Tensor before = model.graph.variable(statistic);
  model.graph.update(statistic, before + 1.0 / (13.0 - step_number(model.graph)));  // infinite in step 13, epoch 3
  const std::string message = testing_support::message_of<NumericalError>(
      [&] { train(model.graph, data, {.epochs = 5, .batch_size = kBatch, .seed = 1, .folder = folder}); });
  EXPECT_NE(message.find("norm.running_mean"), std::string::npos) << message;
  EXPECT_NE(message.find("[0, 0]"), std::string::npos) << message;
  EXPECT_NE(message.find("step 18"), std::string::npos) << message;
  EXPECT_EQ(io::load_checkpoint_head(io::latest_checkpoint(folder).value()).epoch, 2);
}

// With a checksum that is right, as a program with a fault would write it.
TEST(Checkpoints, RefusesCheckpointsThatDoNotFit) {
  const TestFolder place;
  const auto folder = place / "run";
  const data::SplitData data = rows();
  Model model;
  const TrainingOptions options{.epochs = 1,
                                .batch_size = kBatch,
                                .seed = 1,
                                .folder = folder,
                                .seal = {.model = {{"flow.layers", "3"}}, .steps = {{"data.name", "\"a\""}}}};
  train(model.graph, data, options);
  const io::Checkpoint good = io::load_checkpoint(io::latest_checkpoint(folder).value());
  const auto index_of = [&](const std::string& name) {
    for (size_t i = 0; i < good.tensors.size(); ++i) {
      if (good.tensors[i].name == name) return i;
    }
    return good.tensors.size();
  };
  const size_t weight = index_of("net.0.weight"), moment = index_of("adam.v.net.0.bias");
  ASSERT_LT(std::max(weight, moment), good.tensors.size());
  struct Case {
    std::function<void(io::Checkpoint&)> change;
    ExitCode code;
    std::vector<std::string> words;
    bool only_resuming = false;
  };
  const float nan = std::nanf("");
  const std::vector<Case> cases{
      {[&](auto& c) { c.tensors[weight].array.template values<float>()[7] = nan; },
       ExitCode::kNumerical,
       {"\"net.0.weight\"", "[1, 1]", "step-"}},
      {[&](auto& c) { c.tensors[moment].array.template values<float>()[3] = -1 / 0.0F; },
       ExitCode::kNumerical,
       {"adam.v.net.0.bias", "[3]"}},
      {[&](auto& c) { c.tensors[weight].array = c.tensors[weight].array.cast(DType::kF64); },
       ExitCode::kCorruptFile,
       {"net.0.weight", "dtype f64", "needs f32"}},
      {[&](auto& c) {
         c.tensors.push_back({"stranger", Array(DType::kF32, {1})});
       },
       ExitCode::kCorruptFile,
       {"\"stranger\"", "the model has not"}},
      {[&](auto& c) {
         c.tensors.push_back({"sgd.m.net.0.bias", Array(DType::kF32, {16})});
       },
       ExitCode::kCorruptFile,
       {"sgd.m.net.0.bias"},
       true},
      {[&](auto& c) { c.tensors.erase(c.tensors.begin() + static_cast<std::ptrdiff_t>(weight)); },
       ExitCode::kCorruptFile,
       {"no tensor \"net.0.weight\""}},
      {[&](auto& c) { c.meta["format"] = "training-state-3"; }, ExitCode::kCorruptFile, {"training-state-3", "knows"}},
      {[&](auto& c) { c.meta.erase("format"); }, ExitCode::kCorruptFile, {"no checkpoint of a training run"}},
      {[&](auto& c) { c.meta["model:flow.layers"] = "2"; }, ExitCode::kUsage, {"flow.layers = 2", "says 3"}},
      {[&](auto& c) { c.meta["model:flow.mask"] = "\"odd\""; }, ExitCode::kUsage, {"flow.mask", "says nothing"}},
      {[&](auto& c) { c.meta.erase("model:flow.layers"); }, ExitCode::kUsage, {"flow.layers = nothing"}},
      {[&](auto& c) { c.meta["steps:data.name"] = "\"b\""; }, ExitCode::kUsage, {"data.name = \"b\""}, true},
      {[&](auto& c) { c.meta["evaluations_since_best"] = "-1"; }, ExitCode::kCorruptFile, {"since_best"}, true},
      {[&](auto& c) { c.meta["last_epoch"] = "{}"; }, ExitCode::kCorruptFile, {"last_epoch"}, true},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    io::Checkpoint bad = good;
    cases[i].change(bad);
    io::save_checkpoint(folder, bad);
    Model other;
    const std::vector<Array> before = values_of(other);
    TrainingOptions resuming = options;
    resuming.epochs = 2;
    resuming.resume = true;
    const std::vector<std::function<void()>> ways{
        [&] { train(other.graph, data, resuming); },
        [&] { load_variables(folder, other.parameters.all(), options.seal.model); }};
    for (size_t way = 0; way < (cases[i].only_resuming ? 1U : 2U); ++way) {
      try {
        ways[way]();
        ADD_FAILURE() << "case " << i << " is taken";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), cases[i].code) << error.what();
        for (const std::string& word : cases[i].words) {
          EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
        }
      }
      expect_same_bits(values_of(other), before);
    }
  }
}

TEST(Checkpoints, RefusesACheckpointOfAnotherRun) {
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

}  // namespace
}  // namespace elbo::train
