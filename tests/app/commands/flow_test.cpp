// Density models from training to pictures, as users run them.
#include <cmath>
#include <nlohmann/json.hpp>

#include "elbo/data/csv.h"
#include "elbo/data/npy.h"
#include "elbo/engine/interpreter.h"
#include "elbo/run/run_folder.h"
#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Fits in a second or two.
const Words kMoons{
    "--set", "model=flow",      "--set", "data.name=two-moons",          "--set",     "data.rows=2000",
    "--set", "flow.layers=4",   "--set", "flow.network.hidden=[16]",     "--set",     "flow.name=real-nvp",
    "--set", "train.epochs=20", "--set", "train.batch_size=100",         "--threads", "1",
    "--set", "data.seed=1",     "--set", "optimizer.learning_rate=0.005"};

// Rows off the origin, of scales that differ, made by a formula.
std::string table(int columns) {
  std::string text;
  uint32_t noise = 1;
  const auto uniform = [&] {
    noise = noise * 1664525u + 1013904223u;
    return static_cast<double>(noise >> 8) / (1 << 24);
  };
  for (int row = 0; row < 400; ++row) {
    for (int column = 0; column < columns; ++column) {
      const double normal = uniform() + uniform() + uniform() + uniform() - 2;
      text += (column ? "," : "") + std::to_string(100 * (column + 1) + std::pow(10, column) * normal);
    }
    text += '\n';
  }
  return text;
}

const Words kTable{"--set", "model=flow",      "--set", "data.name=csv:table.csv", "--set",     "flow.name=real-nvp",
                   "--set", "flow.layers=2",   "--set", "flow.network.hidden=[8]", "--threads", "1",
                   "--set", "train.epochs=10", "--set", "train.batch_size=50"};

TEST(Flow, TrainEvaluateScoreSampleDensityExplain) {
  const Workplace place;
  const fs::path folder = place.path() / "run";
  const json trained = json::parse(place.output_of(Words{"train", "--out", "run", "--json"} + kMoons));
  EXPECT_EQ(trained["complete"], true);
  EXPECT_EQ(trained["steps"], 20 * 20);
  EXPECT_TRUE(trained["validation"].contains("standard_error"));

  const json evaluated = json::parse(place.output_of({"evaluate", "run", "--json"}));
  EXPECT_EQ(evaluated["split"], "test");
  EXPECT_EQ(evaluated["count"], 2000);
  EXPECT_TRUE(evaluated["entropy"].is_null());
  EXPECT_GT(evaluated["nll"]["standard_error"], 0);
  // A normal distribution of the data's covariance takes 3.29 nats.
  EXPECT_LT(evaluated["nll"]["mean"], 3.0);
  const json on_rings =
      json::parse(place.output_of({"evaluate", "run", "--json", "--set", "data.name=rings", "--split", "validation"}));
  EXPECT_NEAR(on_rings["entropy"], 2.6231827703, 1e-9);
  EXPECT_THAT(place.output_of({"evaluate", "run"}), HasSubstr("NLL"));

  // Their mean is what evaluate says, and each is what the interpreter computes in f64.
  place.output_of({"score", "run", "--out", "scores.npy"});
  const Array scores = data::read_npy(place.path() / "scores.npy");
  ASSERT_EQ(scores.shape(), Shape({2000}));
  double total = 0;
  for (const double value : scores.values<double>()) total += value;
  EXPECT_NEAR(-total / 2000, evaluated["nll"]["mean"].get<double>(), 1e-4);
  const run::OpenRun open = run::open_run(folder);
  const std::unique_ptr<const models::Model> model = run::load_model(open);
  const data::Dataset dataset = run::load_data(open, *model);
  const Array rows = dataset.values(data::Split::kTest);
  Graph graph;
  graph.output("log_prob", model->can<models::Scores>()->log_prob({{"x", graph.input("x", rows.shape())}}));
  const auto exact = Interpreter(graph).run({{"x", rows}});
  for (size_t i = 0; i < 2000; ++i) {
    ASSERT_NEAR(scores.values<double>()[i], exact.at("log_prob").values<double>()[i] + dataset.encoding.log_abs_det(),
                1e-4)
        << "row " << i;
  }

  place.output_of({"sample", "run", "-n", "300", "--out", "s.npy"});
  place.output_of({"sample", "run", "-n", "20", "--out", "s.csv"});
  place.output_of({"sample", "run", "-n", "300", "--out", "s.png"});
  const Array samples = data::read_npy(place.path() / "s.npy");
  const Array as_text = data::read_csv(place.path() / "s.csv").values;
  ASSERT_EQ(samples.shape(), Shape({300, 2}));
  ASSERT_EQ(as_text.shape(), Shape({20, 2}));
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(static_cast<float>(as_text.values<double>()[i]), samples.values<float>()[i]);
  }
  place.output_of({"density", "run", "--size", "60", "-n", "200", "--out", "d.png"});
  place.output_of({"density", "run", "--size", "60", "-n", "200", "--out", "d.svg"});
  for (const char* name : {"s.png", "d.png"}) EXPECT_THAT(content_of(place.path() / name), StartsWith("\x89PNG\r\n"));
  EXPECT_THAT(content_of(place.path() / "d.svg"), HasSubstr("log density"));
  EXPECT_THAT(place.output_of({"explain", "run"}), HasSubstr("maximum-likelihood: "));
}

TEST(Flow, StandardizationIsRecordedAndUndone) {
  const Workplace place;
  write_file(place.path() / "table.csv", table(3));
  place.output_of(Words{"train", "--out", "run", "-q"} + kTable);
  place.output_of({"score", "run", "--data", "table.csv", "--out", "scores.npy"});
  EXPECT_EQ(data::read_npy(place.path() / "scores.npy").shape(), Shape({400}));

  fs::rename(place.path() / "table.csv", place.path() / "elsewhere.csv");  // what undoes it is in the run
  constexpr int kSamples = 4000;
  place.output_of({"sample", "run", "-n", std::to_string(kSamples), "--out", "s.npy"});
  const Array samples = data::read_npy(place.path() / "s.npy").cast(DType::kF64);
  const Array rows = data::read_csv(place.path() / "elsewhere.csv").values;
  const auto moments = [](const Array& array, size_t column) {
    const auto values = array.values<double>();
    const auto count = static_cast<double>(array.shape()[0]);
    double mean = 0, square = 0;
    for (size_t i = column; i < values.size(); i += 3) mean += values[i] / count;
    for (size_t i = column; i < values.size(); i += 3) square += (values[i] - mean) * (values[i] - mean) / count;
    return std::pair(mean, square / count);  // and the square of the mean's standard error
  };
  for (size_t column = 0; column < 3; ++column) {
    const auto [mean, error] = moments(rows, column);
    const auto [mean_samples, error_samples] = moments(samples, column);
    EXPECT_NEAR(mean_samples, mean, 4 * std::sqrt(error + error_samples)) << column;
    EXPECT_LT(error_samples * kSamples, 2 * error * 400) << column;
    EXPECT_GT(error_samples * kSamples, 0.5 * error * 400) << column;
  }
}

TEST(Flow, ResumedIsUninterrupted) {
  const Workplace place;
  const Words settings = Words{"-q"} + kMoons + Words{"--set", "data.rows=300", "--set", "flow.normalization=actnorm"};
  place.output_of(Words{"train", "--out", "whole"} + settings + Words{"--set", "train.epochs=4"});
  place.output_of(Words{"train", "--out", "cut"} + settings + Words{"--set", "train.epochs=2"});
  place.output_of(Words{"train", "--out", "cut", "--resume", "-q", "--set", "train.epochs=4"});
  EXPECT_FALSE(last_state(place.path() / "whole").empty());
  EXPECT_EQ(last_state(place.path() / "whole"), last_state(place.path() / "cut"));
}

const Words kEnergy = setting("model=flow") + setting("data.name=energy-2") + setting("objective=reverse-kl") +
                      setting("flow.name=planar") + setting("base.name=normal") +
                      setting("objective.schedule=warm-up") + setting("objective.schedule.first=0.01") +
                      setting("objective.schedule.share=0.5") + setting("optimizer.schedule=cosine") +
                      setting("data.rows=1000") + setting("train.batch_size=100");

TEST(Flow, FitsAnEnergyByReverseKl) {
  const Workplace place;
  const auto train = [&](const char* run, const Words& more) {
    const Words words = Words{"train", "--out", run, "-q", "--json"} + kEnergy + setting("train.epochs=60") +
                        setting("optimizer.learning_rate=0.01");
    return json::parse(place.output_of(words + more));
  };
  const json fitted = train("run", {}), normal = train("normal", setting("flow.name=affine"));
  EXPECT_EQ(fitted["steps"], 600);
  const double kl = fitted["train"]["reverse_kl"];
  EXPECT_GT(kl, 0);
  EXPECT_LT(kl, 0.75 * normal["train"]["reverse_kl"].get<double>());
  EXPECT_THAT(place.output_of({"explain", "run"}), HasSubstr("reverse-kl: "));
  // By rows drawn from the energy exactly, whose entropy is known.
  const json evaluation = json::parse(place.output_of({"evaluate", "run", "--json"}));
  EXPECT_NEAR(evaluation["entropy"].get<double>(), 2.7558533711, 1e-9);
  EXPECT_GT(evaluation["nll"]["mean"], evaluation["entropy"]);
  place.output_of({"sample", "run", "-n", "50", "--out", "s.npy"});
}

TEST(Flow, ReverseKlResumedIsUninterrupted) {
  const Workplace place;
  const Words settings = kEnergy + setting("train.epochs=6");
  place.output_of(Words{"train", "--out", "whole", "-q"} + settings);
  place.output_of(Words{"train", "--out", "cut", "-q"} + settings);
  ASSERT_EQ(checkpoints_of(place.path() / "cut").size(), 2u);
  fs::remove_all(checkpoints_of(place.path() / "cut").back());  // as if it had been stopped an epoch before the end
  place.output_of(Words{"train", "--out", "cut", "--resume", "-q"});
  EXPECT_EQ(last_state(place.path() / "whole"), last_state(place.path() / "cut"));
}

TEST(Flow, RefusesAFitThatDoesNotGoWithItsData) {
  const Workplace place;
  const auto refused = [&](const Words& words, const char* sentence) {
    const Outcome outcome = place.elbo(Words{"train", "--out", "run", "-q"} + words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
  };
  refused(kEnergy + setting("data.name=rings"), "it needs one of the energies");
  refused(kEnergy + setting("train.patience=2"), "has no validation rows to judge by");
  refused(kEnergy + setting("objective=maximum-likelihood"), "objective \"maximum-likelihood\" has no such setting");
  refused(kEnergy + setting("flow.name=real-nvp") + setting("flow.normalization=batch-norm"),
          "(a posterior, a reverse KL) has none");
}

TEST(Flow, SlowDirectionIsSaid) {
  const Workplace place;
  const Words short_run = kMoons + Words{"--set", "train.epochs=1", "--set", "data.rows=200"};
  const Outcome slow = place.elbo(Words{"train", "--out", "slow"} + short_run + Words{"--set", "flow.name=iaf"});
  EXPECT_EQ(slow.code, 0) << slow.err;
  EXPECT_THAT(slow.err,
              HasSubstr("warning: fitting a density runs the iaf with 4 layers flow from data to base, which is its "
                        "slow direction"));
  EXPECT_THAT(place.elbo(Words{"train", "--out", "fast"} + short_run).err, Not(HasSubstr("slow direction")));
  const Outcome quiet = place.elbo(Words{"train", "--out", "quiet", "-q"} + short_run + setting("flow.name=iaf"));
  EXPECT_THAT(quiet.err, HasSubstr("slow direction"));
}

TEST(Flow, RefusesWhatDoesNotFit) {
  const Workplace place;
  write_file(place.path() / "table.csv", table(3));
  write_file(place.path() / "wide.csv", table(4));
  write_file(place.path() / "flat.csv", "1,2\n1,3\n1,5\n1,7\n1,8\n1,9\n1,4\n1,6\n1,2\n1,1\n");
  place.output_of(Words{"train", "--out", "run", "-q"} + kTable + setting("train.epochs=1"));
  const auto refused = [&](const Words& words, int code, const char* sentence) {
    const Outcome outcome = place.elbo(words);
    EXPECT_EQ(outcome.code, code) << testing::PrintToString(words) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(sentence));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  };
  refused({"score", "run", "--data", "wide.csv", "--out", "s.npy"}, 3,
          "wide.csv: has 4 columns; the run was trained on 3");
  EXPECT_FALSE(fs::exists(place.path() / "s.npy"));
  refused({"score", "run", "--data", "two-moons", "--out", "s.npy"}, 3,
          "run was trained on rows of 3 values; those of two-moons have 2");
  refused({"density", "run", "--out", "d.png"}, 2, "its density is of rows with 3 values; elbo density shows those");
  refused({"sample", "run", "--out", "s.png"}, 2, "s.png");
  refused({"encode", "run", "--out", "z.npy"}, 2, "its model is a flow; elbo encode needs a run with model = \"vae\"");
  refused({"score", "run", "--out", "s.txt"}, 2, "the name must end in .npy");
  refused(Words{"train", "--out", "flat", "-q"} + kTable +
              Words{"--set", "data.name=csv:flat.csv", "--set", "train.batch_size=4"},
          3, "column 1 is the same in every training row");
}

}  // namespace
}  // namespace elbo::app
