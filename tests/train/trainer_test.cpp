#include "elbo/train/trainer.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <sstream>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "elbo/train/metrics_file.h"
#include "tests/io/fault_injection.h"
#include "tests/support/bytes.h"
#include "tests/support/folder.h"
#include "tests/train/small_model.h"

namespace elbo::train {
namespace {

using testing_support::TestFolder;

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
  EXPECT_EQ(result.last.train.at("loss"), 0);
  EXPECT_GT(result.last.train.at("label"), 0.5);
  EXPECT_LT(result.last.train.at("label"), 1.5);
  EXPECT_THROW(train(graph, rows(), {.epochs = 1, .batch_size = kBatch}), DataError);
}

TEST(Train, LearnsAndReportsEveryEpoch) {
  const TestFolder place;
  Model model;
  const data::SplitData data = rows();
  std::vector<double> losses;
  const auto folder = place / "learns";
  const TrainingResult result =
      train(model.graph, data, {.epochs = 20, .batch_size = kBatch, .seed = 1, .folder = folder},
            {.on_epoch = [&](const EpochReport& report) {
              losses.push_back(report.train.at("loss"));
              EXPECT_EQ(report.epoch, static_cast<int64_t>(losses.size()));
            }});
  ASSERT_EQ(losses.size(), 20U);
  EXPECT_EQ(result.steps, 20 * (kRows / kBatch));

  EXPECT_EQ(result.last.train.count("worst"), 1U);
  const std::vector<EpochReport> written = read_metrics(folder);
  ASSERT_EQ(written.size(), 20U);
  EXPECT_EQ(written[7].train.at("loss"), losses[7]);
  EXPECT_LT(losses[19], 0.7 * losses[0]);
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
    EXPECT_EQ(result.last.train, expected.last.train) << "stopped at " << stop;
    const std::vector<EpochReport> here_all = read_metrics(folder), expected_all = read_metrics(whole_folder);
    ASSERT_EQ(here_all.size(), expected_all.size());
    for (size_t e = 0; e < expected_all.size(); ++e) {
      EXPECT_EQ(here_all[e].train, expected_all[e].train) << "epoch " << e + 1 << ", stopped at " << stop;
    }
  }
}

// What follows the validation loss goes on from the checkpoint, too: best so far, evaluations since, factor.
TEST(Train, AResumedPlateauHasTheBitsOfOneThatWasNeverStopped) {
  const TestFolder place;
  const data::SplitData data = rows();
  const auto loss_after = [](int64_t epoch) { return Metrics{{"loss", epoch % 4 == 1 ? -1.0 - 0.1 * epoch : 5.0}}; };
  const std::vector<std::string> settings{"learning_rate=0.01", "schedule=plateau", "schedule.patience=2",
                                          "schedule.factor=0.25"};
  ModelBy whole(settings), constant({"learning_rate=0.01"});
  TrainingOptions options{.epochs = 8, .batch_size = kBatch, .seed = 1};
  train(whole.graph, data, options, {.validate = loss_after});
  train(constant.graph, data, options, {.validate = loss_after});
  const auto factor = [](const ModelBy& model) {
    for (const VariablePtr& variable : model.graph.variables()) {
      if (variable->name == "training.schedule.factor") return variable->value.values<float>()[0];
    }
    return -1.0f;
  };
  EXPECT_EQ(factor(whole), 0.0625f);  // it fell after epochs 3 and 7
  EXPECT_NE(std::memcmp(values_of(whole)[0].data(), values_of(constant)[0].data(), values_of(whole)[0].bytes()), 0);
  for (int64_t stop = 1; stop <= 48; stop += 11) {
    options.folder = place / std::to_string(stop);
    options.resume = false;
    {
      ModelBy model(settings);
      const auto interrupt = [&](const StepReport& report) {
        if ((report.epoch - 1) * report.steps + report.step >= stop) raise(SIGINT);
      };
      train(model.graph, data, options, {.on_step = interrupt, .validate = loss_after});
    }
    ModelBy model(settings);
    options.resume = true;
    train(model.graph, data, options, {.validate = loss_after});
    expect_same_bits(values_of(model), values_of(whole));
  }
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
    EXPECT_EQ(result.last.epoch, 5);
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

// Whatever becomes of metrics.jsonl, training goes on as it would have: patience counts on what checkpoints say.
TEST(Train, DoesNotDependOnTheMetricsFile) {
  const TestFolder place;
  const data::SplitData data = rows();
  Model whole;
  TrainingOptions options{.epochs = 50, .batch_size = kBatch, .seed = 1, .patience = 3};
  train(whole.graph, data, options, {.validate = second_is_best});
  const std::vector<std::pair<std::string, std::string>> damages{
      {"", "of epoch 1 to 3:"},   // emptied
      {"x", "of epoch 1 to 3:"},  // no line at all
      {R"({"epoch":2,"step":12,"train":{"loss":1}})", "of epoch 1, 3:"},
  };
  for (const auto& [text, said] : damages) {
    options.folder = place / std::to_string(&text - &damages[0].first);
    options.resume = false;
    Model model;
    TrainingCallbacks callbacks{.validate = second_is_best};
    callbacks.on_epoch = [&](const EpochReport& report) {
      if (report.epoch == 3) raise(SIGINT);
    };
    EXPECT_EQ(train(model.graph, data, options, callbacks).interrupted_by, SIGINT);
    std::ofstream(options.folder / "metrics.jsonl") << text;
    options.resume = true;
    Model again;
    std::vector<std::string> warnings;
    const TrainingResult result =
        train(again.graph, data, options,
              {.validate = second_is_best, .on_warning = [&](const std::string& text) { warnings.push_back(text); }});
    EXPECT_EQ(result.best_epoch, 2);
    EXPECT_EQ(result.last.epoch, 5);
    expect_same_bits(values_of(again), values_of(whole));
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_NE(warnings[0].find("metrics.jsonl"), std::string::npos);
    EXPECT_NE(warnings[0].find(said), std::string::npos) << warnings[0];
  }
}

// Killed between two checkpoints, after a better evaluation: the best that the checkpoint knows is still there.
TEST(Train, KeepsTheBestOfTheCheckpointUntilThereIsANewerOne) {
  struct Killed {};
  const TestFolder place;
  const auto folder = place / "run";
  const data::SplitData data = rows();
  const auto falling = [](int64_t epoch) { return Metrics{{"loss", -static_cast<double>(epoch)}}; };
  TrainingOptions options{
      .epochs = 9, .batch_size = kBatch, .seed = 1, .folder = folder, .checkpoint_every = 3, .patience = 3};
  Model model;
  const auto dies = [&](int64_t epoch) {
    if (epoch == 6) throw Killed{};
    return falling(epoch);
  };
  EXPECT_THROW(train(model.graph, data, options, {.validate = dies}), Killed);
  std::vector<std::string> kept;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "best/checkpoints")) {
    kept.push_back(entry.path().filename());
  }
  std::sort(kept.begin(), kept.end());
  EXPECT_EQ(kept, (std::vector<std::string>{"step-000000018", "step-000000030"}));  // epochs 3 and 5
  options.resume = true;
  Model again;
  EXPECT_EQ(train(again.graph, data, options, {.validate = falling}).best_epoch, 9);
  Model whole;
  options.folder.clear();
  options.resume = false;
  train(whole.graph, data, options, {.validate = falling});
  expect_same_bits(values_of(again), values_of(whole));
}

// The line of an epoch is on the disk before the checkpoint that knows of the epoch bears its name.
TEST(Train, SyncsTheMetricsBeforeEachCheckpoint) {
  const TestFolder place;
  const data::SplitData data = rows();
  Model model;
  const io::FaultyFileSystem recorded({});
  train(model.graph, data, {.epochs = 4, .batch_size = kBatch, .seed = 1, .folder = place / "run"});
  std::string metrics;  // the descriptor that last opened the file
  bool dirty = false;
  int checkpoints = 0;
  for (const std::string& call : recorded.log()) {
    std::istringstream words(call);
    std::string what, first, second;
    words >> what >> first >> second;
    if (what == "open") {
      if (second.ends_with("metrics.jsonl"))
        metrics = first;
      else if (first == metrics)
        metrics.clear();
    }
    if (what == "write" && first == metrics) dirty = true;
    if (what == "fsync" && first == metrics) dirty = false;
    if (what == "rename" && second.find("/checkpoints/step-") != std::string::npos) {
      EXPECT_FALSE(dirty) << call;
      ++checkpoints;
    }
  }
  EXPECT_EQ(checkpoints, 4);
}

// An interrupted validation is made when the run goes on, and nothing tells the two runs apart.
TEST(Train, AnInterruptedValidationIsMadeOnResuming) {
  const TestFolder place;
  const data::SplitData data = rows();
  Model whole;
  TrainingOptions options{.epochs = 4, .batch_size = kBatch, .seed = 1, .folder = place / "whole", .patience = 3};
  train(whole.graph, data, options, {.validate = second_is_best});
  for (int64_t stop = 1; stop <= 4; ++stop) {
    options.folder = place / std::to_string(stop);
    options.resume = false;
    Model model;
    const auto interrupted = [&](int64_t epoch) -> std::optional<Metrics> {
      if (epoch < stop) return second_is_best(epoch);
      raise(SIGTERM);
      return std::nullopt;
    };
    const TrainingResult first = train(model.graph, data, options, {.validate = interrupted});
    EXPECT_EQ(first.interrupted_by, SIGTERM);
    EXPECT_EQ(first.last.epoch, stop - 1);
    options.resume = true;
    Model again;
    const TrainingResult result = train(again.graph, data, options, {.validate = second_is_best});
    EXPECT_EQ(result.best_epoch, 2);
    EXPECT_EQ(result.last.epoch, 4);
    expect_same_bits(values_of(again), values_of(whole));
    const std::vector<EpochReport> here = read_metrics(options.folder), there = read_metrics(place / "whole");
    ASSERT_EQ(here.size(), there.size());
    for (size_t e = 0; e < there.size(); ++e) {
      EXPECT_EQ(here[e].train, there[e].train) << "epoch " << e + 1;
      EXPECT_EQ(here[e].validation, there[e].validation) << "epoch " << e + 1;
    }
  }
}

TEST(Train, ChangesNothingInAFolderThatItRefuses) {
  const TestFolder place;
  const auto folder = place / "run";
  const data::SplitData data = rows();
  Model model;
  const TrainingOptions options{.epochs = 1, .batch_size = kBatch, .seed = 1, .folder = folder};
  train(model.graph, data, options);
  std::ofstream(folder / "metrics.jsonl") << "mine";
  Model other;
  TrainingOptions different = options;
  different.seed = 2;
  different.resume = true;
  bool began = false;
  EXPECT_THROW(train(other.graph, data, different, {.before_writing = [&](const CompileReport&) { began = true; }}),
               ConfigError);
  EXPECT_FALSE(began);
  EXPECT_EQ(testing_support::content_of(folder / "metrics.jsonl"), "mine");
}

TEST(Train, SaysWhenAValidationLossIsNotFinite) {
  const data::SplitData data = rows();
  for (const bool ever_finite : {true, false}) {
    Model model;
    std::vector<std::string> warnings;
    TrainingCallbacks callbacks;
    callbacks.validate = [&](int64_t epoch) {
      return Metrics{{"loss", ever_finite && epoch == 2 ? 1.0 : epoch == 1 ? std::nan("") : HUGE_VAL}};
    };
    callbacks.on_warning = [&](const std::string& text) { warnings.push_back(text); };
    const auto run = [&] { train(model.graph, data, {.epochs = 3, .batch_size = kBatch, .seed = 1}, callbacks); };
    if (ever_finite) {
      run();
    } else {
      EXPECT_THROW(run(), NumericalError);
    }
    ASSERT_EQ(warnings.size(), ever_finite ? 2U : 3U);
    EXPECT_EQ(warnings[0], "the validation loss after epoch 1 is nan");
  }
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

}  // namespace
}  // namespace elbo::train
