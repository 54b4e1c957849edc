// One figure of a model of each kind, computed again in plain C++ and double precision from the file and the
// checkpoint's weights: no reader, no encoding, no graph and no flow of ours between them.
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "elbo/data/npy.h"
#include "elbo/io/checkpoint.h"
#include "tests/app/commands/program.h"
#include "tests/support/arrays.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using Row = std::vector<double>;

// Columns of different scales, far from zero, and not independent.
std::vector<Row> table_of(size_t rows) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  std::vector<Row> table;
  for (size_t i = 0; i < rows; ++i) {
    const double a = normal(random), b = normal(random);
    table.push_back({1.5e6 + 40 * a, -0.003 + 1e-4 * (a + 0.5 * b)});
  }
  return table;
}

std::string text_of_table(const std::vector<Row>& table) {
  std::string text = "a,b\n";
  for (const Row& row : table) {
    std::array<char, 80> line{};
    std::snprintf(line.data(), line.size(), "%.17g,%.17g\n", row[0], row[1]);
    text += line.data();
  }
  return text;
}

class Weights {
 public:
  explicit Weights(const fs::path& run) {
    for (const io::NamedArray& tensor : io::load_checkpoint(checkpoints_of(run).back()).tensors) {
      const Array wide = tensor.array.cast(DType::kF64);
      tensors_[tensor.name] = testing_support::values_of(wide);
    }
  }

  // weight [out, in] times x, plus bias.
  Row linear(const std::string& name, const Row& x) const {
    Row y = tensors_.at(name + ".bias");
    const Row& weight = tensors_.at(name + ".weight");
    for (size_t o = 0; o < y.size(); ++o) {
      for (size_t i = 0; i < x.size(); ++i) y[o] += weight[o * x.size() + i] * x[i];
    }
    return y;
  }

  const Row& operator[](const std::string& name) const { return tensors_.at(name); }

 private:
  std::map<std::string, Row> tensors_;
};

Row relu(Row values) {
  for (double& value : values) value = std::max(value, 0.0);
  return values;
}

// Of the training rows, whose numbers the run wrote down.
struct Moments {
  Row mean{0, 0}, deviation{0, 0};

  Moments(const std::vector<Row>& table, const fs::path& run) {
    const Array split = data::read_npy(run / "split.npy");
    double count = 0;
    const auto for_each = [&](auto&& take) {
      for (size_t row = 0; row < table.size(); ++row) {
        if (split.values<uint8_t>()[row] == 0) take(table[row]);
      }
    };
    for_each([&](const Row& row) {
      count += 1;
      for (size_t d = 0; d < 2; ++d) mean[d] += row[d];
    });
    for (double& value : mean) value /= count;
    for_each([&](const Row& row) {
      for (size_t d = 0; d < 2; ++d) deviation[d] += (row[d] - mean[d]) * (row[d] - mean[d]);
    });
    for (double& value : deviation) value = std::sqrt(value / count);
  }

  Row standardized(const Row& row) const {
    return {(row[0] - mean[0]) / deviation[0], (row[1] - mean[1]) / deviation[1]};
  }
};

// log p of a row by two affine couplings: each in turn maps one column by what the other says.   Dinh et al. (2017)
double log_density(const Weights& weights, const Moments& moments, const Row& row) {
  Row y = moments.standardized(row);
  double log_p = -std::log(moments.deviation[0]) - std::log(moments.deviation[1]);
  for (const size_t layer : {size_t{1}, size_t{0}}) {
    const size_t kept = layer == 0 ? 0 : 1, mapped = 1 - kept;
    const std::string name = "flow." + std::to_string(layer);
    const Row theta = weights.linear(name + ".1", relu(weights.linear(name + ".0", {y[kept]})));
    const double log_scale = 3 * std::tanh(theta[1] / 3);
    y[mapped] = (y[mapped] - theta[0]) * std::exp(-log_scale);
    log_p -= log_scale;
  }
  return log_p - 0.5 * (y[0] * y[0] + y[1] * y[1]) - std::log(2 * M_PI);
}

TEST(Recomputed, TheLogDensityOfAFlowFromFileToFigure) {
  const Workplace place;
  const std::vector<Row> table = table_of(300);
  write_file(place.path() / "t.csv", text_of_table(table));
  place.output_of(Words{"train", "--out", "run", "-q"} + setting("model=flow") + setting("data.name=csv:t.csv") +
                  setting("flow.layers=2") + setting("flow.network.hidden=[5]") + setting("train.epochs=30") +
                  setting("train.batch_size=40") + setting("optimizer.learning_rate=0.01"));
  place.output_of({"score", "run", "--data", "t.csv", "--out", "s.npy"});
  const Array scores = data::read_npy(place.path() / "s.npy");
  ASSERT_EQ(scores.shape(), Shape{300});
  const Weights weights(place.path() / "run");
  const Moments moments(table, place.path() / "run");
  for (size_t row = 0; row < table.size(); ++row) {
    EXPECT_NEAR(scores.values<double>()[row], log_density(weights, moments, table[row]), 2e-5) << "row " << row;
  }
}

// KL(q(z|x) || N(0, I)) of the test rows in closed form, and the reconstruction of each row's mean code.
TEST(Recomputed, TheDivergenceAndReconstructionOfAVaeFromFileToFigure) {
  const Workplace place;
  const std::vector<Row> table = table_of(300);
  write_file(place.path() / "t.csv", text_of_table(table));
  place.output_of(Words{"train", "--out", "run", "-q"} + setting("data.name=csv:t.csv") + setting("likelihood=normal") +
                  setting("likelihood.scale_from=columns") + setting("encoder.hidden=[6]") +
                  setting("decoder.hidden=[7]") + setting("latent.dimension=2") + setting("train.epochs=60") +
                  setting("train.batch_size=40") + setting("optimizer.learning_rate=0.01"));
  const json evaluated = json::parse(place.output_of({"evaluate", "run", "--json", "-q"}));
  place.output_of({"reconstruct", "run", "--data", "t.csv", "--first", "300", "--out", "r.npy"});
  const Array both = data::read_npy(place.path() / "r.npy");
  const Weights weights(place.path() / "run");
  const Moments moments(table, place.path() / "run");
  const Array split = data::read_npy(place.path() / "run" / "split.npy");
  double kl = 0, count = 0;
  for (size_t row = 0; row < table.size(); ++row) {
    const Row features = relu(weights.linear("encoder.0", moments.standardized(table[row])));
    const Row loc = weights.linear("loc", features), log_scale = weights.linear("log_scale", features);
    const Row y = weights.linear("decoder.1", relu(weights.linear("decoder.0", loc)));
    for (size_t d = 0; d < 2; ++d) {
      const double x = y[d] * moments.deviation[d] + moments.mean[d];
      EXPECT_NEAR(both.values<float>()[4 * row + 2 + d], x, 1e-6 * std::abs(x) + 1e-5 * moments.deviation[d]);
    }
    if (split.values<uint8_t>()[row] != 2) continue;
    count += 1;
    for (size_t d = 0; d < 2; ++d) {
      kl += 0.5 * (std::exp(2 * log_scale[d]) + loc[d] * loc[d] - 1) - log_scale[d];
    }
  }
  EXPECT_GT(kl / count, 0.1);  // the code says something
  EXPECT_NEAR(evaluated["kl"].get<double>(), kl / count, 1e-4);
}

// log N(x; loc, W W' + s I) in two dimensions, by the determinant and the inverse written out.
TEST(Recomputed, TheLogDensityOfProbabilisticPcaFromFileToFigure) {
  const Workplace place;
  const std::vector<Row> table = table_of(300);
  write_file(place.path() / "t.csv", text_of_table(table));
  place.output_of(Words{"train", "--out", "run", "-q"} + setting("model=ppca") + setting("data.name=csv:t.csv") +
                  setting("latent.dimension=1") + setting("train.epochs=5") + setting("train.batch_size=40"));
  place.output_of({"score", "run", "--data", "t.csv", "--out", "s.npy"});
  const Array scores = data::read_npy(place.path() / "s.npy");
  const Weights weights(place.path() / "run");
  const Moments moments(table, place.path() / "run");
  const Row &loc = weights["loc"], &factor = weights["factor"];
  const double noise = std::exp(2 * weights["log_scale"][0]);
  const double a = factor[0] * factor[0] + noise, b = factor[0] * factor[1], d = factor[1] * factor[1] + noise;
  const double determinant = a * d - b * b;
  for (size_t row = 0; row < table.size(); ++row) {
    const Row y = moments.standardized(table[row]);
    const double u = y[0] - loc[0], v = y[1] - loc[1];
    const double squared = (d * u * u - 2 * b * u * v + a * v * v) / determinant;
    const double log_p = -0.5 * squared - 0.5 * std::log(determinant) - std::log(2 * M_PI) -
                         std::log(moments.deviation[0]) - std::log(moments.deviation[1]);
    EXPECT_NEAR(scores.values<double>()[row], log_p, 2e-5 + 1e-6 * std::abs(log_p)) << "row " << row;
  }
}

// As above, with a noise for each column.
TEST(Recomputed, TheLogDensityOfFactorAnalysisFromFileToFigure) {
  const Workplace place;
  const std::vector<Row> table = table_of(300);
  write_file(place.path() / "t.csv", text_of_table(table));
  place.output_of(Words{"train", "--out", "run", "-q"} + setting("model=factor-analysis") +
                  setting("data.name=csv:t.csv") + setting("latent.dimension=1") + setting("train.epochs=5") +
                  setting("train.batch_size=40"));
  place.output_of({"score", "run", "--data", "t.csv", "--out", "s.npy"});
  const Array scores = data::read_npy(place.path() / "s.npy");
  const Weights weights(place.path() / "run");
  const Moments moments(table, place.path() / "run");
  const Row &loc = weights["loc"], &factor = weights["factor"], &log_scale = weights["log_scale"];
  ASSERT_EQ(log_scale.size(), 2U);
  const double a = factor[0] * factor[0] + std::exp(2 * log_scale[0]);
  const double d = factor[1] * factor[1] + std::exp(2 * log_scale[1]);
  const double b = factor[0] * factor[1], determinant = a * d - b * b;
  for (size_t row = 0; row < table.size(); ++row) {
    const Row y = moments.standardized(table[row]);
    const double u = y[0] - loc[0], v = y[1] - loc[1];
    const double squared = (d * u * u - 2 * b * u * v + a * v * v) / determinant;
    const double log_p = -0.5 * squared - 0.5 * std::log(determinant) - std::log(2 * M_PI) -
                         std::log(moments.deviation[0]) - std::log(moments.deviation[1]);
    EXPECT_NEAR(scores.values<double>()[row], log_p, 2e-5 + 1e-6 * std::abs(log_p)) << "row " << row;
  }
}

// log p of the second column given the first: a normal, its location and log-scale a line in a hidden layer's features.
TEST(Recomputed, TheLogDensityOfAConditionalModelFromFileToFigure) {
  const Workplace place;
  const std::vector<Row> table = table_of(300);
  write_file(place.path() / "t.csv", text_of_table(table));
  place.output_of(Words{"train", "--out", "run", "-q"} + setting("model=conditional") + setting("data.name=csv:t.csv") +
                  setting("data.context=[\"a\"]") + setting("flow=affine") + setting("summary=mlp") +
                  setting("summary.hidden=[5]") + setting("train.epochs=60") + setting("train.batch_size=40") +
                  setting("optimizer.learning_rate=0.01"));
  place.output_of({"score", "run", "--data", "t.csv", "--out", "s.npy"});
  const Array scores = data::read_npy(place.path() / "s.npy");
  const Weights weights(place.path() / "run");
  const Moments moments(table, place.path() / "run");
  double lowest = 0, highest = 0;
  for (size_t row = 0; row < table.size(); ++row) {
    const Row y = moments.standardized(table[row]);
    const Row given = weights.linear("flow.parameters", relu(weights.linear("summary.0", {y[0]})));
    const double e = (y[1] - given[0]) * std::exp(-given[1]);
    const double log_p = -0.5 * e * e - given[1] - 0.5 * std::log(2 * M_PI) - std::log(moments.deviation[1]);
    EXPECT_NEAR(scores.values<double>()[row], log_p, 2e-5 + 1e-6 * std::abs(log_p)) << "row " << row;
    lowest = std::min(lowest, given[0]);
    highest = std::max(highest, given[0]);
  }
  EXPECT_GT(highest - lowest, 1);  // what is given tells something
}

}  // namespace
}  // namespace elbo::app
