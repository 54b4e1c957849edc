// Against the closed forms of Tipping & Bishop (1999), on made-up rows and on a real table.
#include "elbo/models/ppca.h"

#include <Eigen/Dense>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/data/registry.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/parameters.h"
#include "elbo/settings/error.h"
#include "tests/models/built.h"
#include "tests/support/arrays.h"
#include "tests/support/estimate.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::models {
namespace {

using namespace testing_support;
using Dense = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

PpcaModel built_ppca(int64_t dim, std::vector<std::string> assignments) {
  assignments.insert(assignments.begin(), "model=ppca");
  return {site_of(dim, nn::Parameters{}), model_settings(assignments)};
}

Dense dense(const Array& array) {
  const Array wide = array.cast(DType::kF64);
  return Eigen::Map<const Dense>(wide.values<double>().data(), array.shape()[0],
                                 array.shape().rank() == 1 ? 1 : array.shape()[1]);
}

// Columns that hang together, away from 0.
Array correlated_rows(int64_t rows, int64_t dim) {
  Dense x = dense(normal_array("rows", {rows, dim})) * dense(normal_array("mixing", {dim, dim}));
  for (int64_t d = 0; d < dim; ++d) x.col(d) = x.col(d).array() + 3.0 * static_cast<double>(d);
  return Array::of<double>({rows, dim}, {x.data(), x.data() + x.size()}).cast(DType::kF32);
}

Array wine() {
  const char* folder = std::getenv("ELBO_DATA");
  const auto file = std::filesystem::path(folder != nullptr ? folder : "") / "wine-quality-red/winequality-red.csv";
  if (folder == nullptr || !std::filesystem::exists(file)) return {};
  return data::load_dataset("csv:" + file.string(), {"label_column=quality"}, {.standardize = Standardize::kAll})
      .train.array("x")
      .cast(DType::kF32);
}

// The mean log-likelihood at the maximum, by the singular values of the rows.
double largest_log_likelihood(const Array& rows, int64_t q) {
  Dense x = dense(rows);
  x.rowwise() -= x.colwise().mean().eval();
  const auto n = static_cast<double>(x.rows());
  const Eigen::Index d = x.cols();
  const Eigen::VectorXd values = Eigen::JacobiSVD<Eigen::MatrixXd>(x).singularValues().array().square() / n;
  const double noise = values.tail(d - q).mean();
  const double log_det = values.head(q).array().log().sum() + static_cast<double>(d - q) * std::log(noise);
  return -0.5 * (static_cast<double>(d) * (std::log(2 * std::numbers::pi) + 1) + log_det);
}

void expect_the_maximum(const Array& rows, int64_t q) {
  const PpcaModel model = built_ppca(rows.shape()[1], {"latent.dimension=" + std::to_string(q)});
  model.initialize_from(rows);
  Graph graph;
  const Tensor x = graph.constant(rows);
  const Tensor log_likelihood = mean(model.log_prob({{"x", x}}));
  const Tensor loss = mean(model.terms(graph, {{"x", x}}, rows.shape()[0]).loss);
  const auto by_parameter = nn::gradients(log_likelihood, model.parameters());
  ASSERT_EQ(by_parameter.size(), 3U);
  Interpreter check(graph);
  check.run({});
  const double expected = largest_log_likelihood(rows, q);
  EXPECT_NEAR(values_of(check.value(log_likelihood))[0], expected, 1e-6) << q;
  EXPECT_NEAR(values_of(check.value(loss))[0], -expected, 1e-6) << q;
  // f32 parameters are off by one part in ten million, and where there is little noise that counts for more.
  for (const auto& [variable, gradient] : by_parameter) {
    EXPECT_THAT(values_of(check.value(gradient)), testing::Each(testing::DoubleNear(0, 1e-3))) << variable->name;
  }
}

TEST(Ppca, StartsAtTheMaximumOfTheLikelihood) {
  const Array rows = correlated_rows(300, 5);
  for (const int64_t q : {1, 3, 4}) expect_the_maximum(rows, q);
}

TEST(Ppca, StartsAtTheMaximumOfTheLikelihoodOfARealTable) {
  const Array rows = wine();
  if (rows.elements() == 0) GTEST_SKIP() << "ELBO_DATA names no folder with wine-quality-red";
  ASSERT_EQ(rows.shape()[1], 11);
  for (const int64_t q : {1, 4, 10}) expect_the_maximum(rows, q);
}

struct Known {
  Eigen::RowVectorXd loc;
  Dense factor;
  double noise = 0;  // σ²

  explicit Known(const PpcaModel& model)
      : loc(dense(model.parameters().find("loc")->value).transpose()),
        factor(dense(model.parameters().find("factor")->value)),
        noise(std::exp(2 * dense(model.parameters().find("log_scale")->value)(0, 0))) {}
};

TEST(Ppca, SamplesHaveItsMeanAndCovariance) {
  const Array rows = correlated_rows(300, 4);
  const PpcaModel model = built_ppca(4, {"latent.dimension=2"});
  model.initialize_from(rows);
  const Known known(model);
  constexpr int64_t kDraws = 40'000;
  Graph graph;
  graph.output("x", model.sample(graph, kDraws, true));
  Dense drawn = dense(Interpreter(graph).run({}, {.seed = 2}).at("x"));
  const Dense covariance = known.factor * known.factor.transpose() + known.noise * Dense::Identity(4, 4);
  drawn.rowwise() -= known.loc;
  const auto products = [&](const auto& left, const auto& right) {
    const Eigen::VectorXd all = left.cwiseProduct(right);
    return estimate({all.data(), all.data() + all.size()});
  };
  for (int64_t i = 0; i < 4; ++i) {
    const Estimate mean = products(drawn.col(i), Eigen::VectorXd::Ones(kDraws));
    EXPECT_NEAR(mean.mean, 0, 4 * mean.standard_error) << i;
    for (int64_t j = 0; j <= i; ++j) {
      const Estimate product = products(drawn.col(i), drawn.col(j));
      EXPECT_NEAR(product.mean, covariance(i, j), 4 * product.standard_error) << i << " " << j;
    }
  }
}

// eq. 8, and x again from it; draws vary about it as they should.
TEST(Ppca, CodesAreThePosteriorOfARow) {
  constexpr int64_t kDraws = 20'000;
  const Array rows = correlated_rows(300, 4);
  const PpcaModel model = built_ppca(4, {"latent.dimension=2"});
  model.initialize_from(rows);
  const Known known(model);
  Graph graph;
  const Tensor x = graph.constant(rows);
  graph.output("code", model.encode({{"x", x}}, false));
  graph.output("again", model.reconstruct({{"x", x}}, false));
  const Tensor first = repeat_rows(slice(x, {.axis = 0, .start = 0, .stop = 1}), kDraws);
  graph.output("draws", model.encode({{"x", first}}, true));
  const auto out = Interpreter(graph).run({}, {.seed = 3});
  const Dense m = known.factor.transpose() * known.factor + known.noise * Dense::Identity(2, 2);
  const Dense codes = (dense(rows).rowwise() - known.loc) * known.factor * m.inverse();
  const Dense again = (codes * known.factor.transpose()).rowwise() + known.loc;
  EXPECT_LT((dense(out.at("code")) - codes).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_LT((dense(out.at("again")) - again).cwiseAbs().maxCoeff(), 1e-9);
  const Dense covariance = known.noise * m.inverse(), draws = dense(out.at("draws"));
  for (int64_t k = 0; k < 2; ++k) {
    std::vector<double> squares;
    for (int64_t s = 0; s < kDraws; ++s) squares.push_back(std::pow(draws(s, k) - codes(0, k), 2));
    const Estimate variance = estimate(squares);
    EXPECT_NEAR(variance.mean, covariance(k, k), 4 * variance.standard_error) << k;
  }
}

TEST(Ppca, ExplainsWhatHasNoSolution) {
  EXPECT_EQ(message_of<ConfigError>([] { built_ppca(3, {"latent.dimension=3"}); }),
            "--set latent.dimension=3: must be below the 3 columns of the data, for noise to be left");
  const PpcaModel model = built_ppca(3, {"latent.dimension=2"});
  const Array flat = Array::of<double>({4, 3}, {1, 0, 1, 0, 1, 1, 2, 1, 3, 0, 0, 0});  // the third is the sum
  EXPECT_EQ(message_of<DataError>([&] { model.initialize_from(flat); }),
            "ppca: the 4 training rows lie in 2 of their 3 dimensions, and have no density; a smaller latent.dimension "
            "or fewer columns are needed");
  EXPECT_EQ(message_of<DataError>([&] {
              model.initialize_from(Array(DType::kF32, {4, 2}));
            }),
            "ppca: its first rows are [4, 2], rows of 3 are required");
}

}  // namespace
}  // namespace elbo::models
