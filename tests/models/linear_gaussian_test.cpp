// Against the closed forms of Tipping & Bishop (1999) and the conditions of a maximum, on made-up rows and on a real
// table; and a VAE of straight lines against them.
#include "elbo/models/linear_gaussian.h"

#include <Eigen/Dense>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/data/registry.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/models/vae_model.h"
#include "elbo/nn/parameters.h"
#include "elbo/settings/error.h"
#include "elbo/train/optimizer.h"
#include "tests/models/built.h"
#include "tests/support/arrays.h"
#include "tests/support/estimate.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::models {
namespace {

using namespace testing_support;
using Dense = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

LinearGaussianModel built_ppca(int64_t dim, std::vector<std::string> assignments) {
  assignments.insert(assignments.begin(), "model=ppca");
  return {site_of(dim, nn::Parameters{}), model_settings(assignments), Noise::kShared};
}

LinearGaussianModel built_factors(int64_t dim, int64_t code_dim) {
  return {site_of(dim, nn::Parameters{}),
          model_settings({"model=factor-analysis", "latent.dimension=" + std::to_string(code_dim)}), Noise::kColumns};
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

void expect_the_maximum(const Array& rows, int64_t q, const char* fit = "closed-form") {
  const LinearGaussianModel model =
      built_ppca(rows.shape()[1], {"latent.dimension=" + std::to_string(q), std::string("fit=") + fit});
  model.initialize_from(rows, {});
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

TEST(Ppca, FindsTheSameByEm) {
  const Array rows = correlated_rows(300, 5);
  for (const int64_t q : {1, 3}) {
    expect_the_maximum(rows, q, "em");
    const auto factor_by = [&](const char* fit) {
      const LinearGaussianModel model =
          built_ppca(5, {"latent.dimension=" + std::to_string(q), std::string("fit=") + fit});
      model.initialize_from(rows, {});
      return dense(model.parameters().find("factor")->value);
    };
    EXPECT_LT((factor_by("em") - factor_by("closed-form")).cwiseAbs().maxCoeff(), 1e-3) << q;
  }
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

  explicit Known(const LinearGaussianModel& model)
      : loc(dense(model.parameters().find("loc")->value).transpose()),
        factor(dense(model.parameters().find("factor")->value)),
        noise(std::exp(2 * dense(model.parameters().find("log_scale")->value)(0, 0))) {}
};

TEST(Ppca, SamplesHaveItsMeanAndCovariance) {
  const Array rows = correlated_rows(300, 4);
  const LinearGaussianModel model = built_ppca(4, {"latent.dimension=2"});
  model.initialize_from(rows, {});
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
  const LinearGaussianModel model = built_ppca(4, {"latent.dimension=2"});
  model.initialize_from(rows, {});
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
  const LinearGaussianModel model = built_ppca(3, {"latent.dimension=2"});
  const Array flat = Array::of<double>({4, 3}, {1, 0, 1, 0, 1, 1, 2, 1, 3, 0, 0, 0});  // the third is the sum
  EXPECT_EQ(message_of<DataError>([&] { model.initialize_from(flat, {}); }),
            "the training rows lie in 2 of their 3 dimensions, and have no density; a smaller latent.dimension "
            "or fewer columns are needed");
  EXPECT_EQ(message_of<DataError>([&] {
              model.initialize_from(Array(DType::kF32, {4, 2}), {});
            }),
            "the first rows are [4, 2], rows of 3 are required");
}

// S - W Wᵀ - Ψ is 0 on the diagonal, and W fits what is beside it: the gradients of the likelihood are 0.
void expect_the_maximum_of_factors(const Array& rows, int64_t q) {
  const LinearGaussianModel model = built_factors(rows.shape()[1], q);
  model.initialize_from(rows, {});
  Graph graph;
  const Tensor log_likelihood = mean(model.log_prob({{"x", graph.constant(rows)}}));
  const auto by_parameter = nn::gradients(log_likelihood, model.parameters());
  Interpreter check(graph);
  check.run({});
  for (const auto& [variable, gradient] : by_parameter) {
    EXPECT_THAT(values_of(check.value(gradient)), testing::Each(testing::DoubleNear(0, 2e-3))) << variable->name;
  }
  // One noise for all columns is a special case.
  EXPECT_GT(values_of(check.value(log_likelihood))[0], largest_log_likelihood(rows, q) - 1e-6);
}

TEST(FactorAnalysis, StartsAtAMaximumOfTheLikelihood) {
  expect_the_maximum_of_factors(correlated_rows(300, 6), 2);
}

TEST(FactorAnalysis, StartsAtAMaximumOfTheLikelihoodOfARealTable) {
  const Array rows = wine();
  if (rows.elements() == 0) GTEST_SKIP() << "ELBO_DATA names no folder with wine-quality-red";
  expect_the_maximum_of_factors(rows, 3);
}

// Rows of known factors and noise, as many as make it plain.
TEST(FactorAnalysis, FindsTheNoiseOfEachColumn) {
  constexpr int64_t kRows = 20'000, kDim = 5;
  const Dense factor = (Dense(kDim, 1) << 1, -2, 0.5, 3, 1).finished();
  const Eigen::RowVectorXd deviation = (Eigen::RowVectorXd(kDim) << 0.5, 1, 2, 0.25, 1.5).finished();
  const Dense x = dense(normal_array("codes", {kRows, 1})) * factor.transpose() +
                  dense(normal_array("noise", {kRows, kDim})) * deviation.asDiagonal();
  const LinearGaussianModel model = built_factors(kDim, 1);
  model.initialize_from(Array::of<double>({kRows, kDim}, {x.data(), x.data() + x.size()}), {});
  const Dense found = dense(model.parameters().find("factor")->value);
  const Dense log_scale = dense(model.parameters().find("log_scale")->value);
  for (Eigen::Index i = 0; i < kDim; ++i) {
    const double share = factor(i, 0) * factor(i, 0) / (deviation[i] * deviation[i]);
    EXPECT_NEAR(found(i, 0), factor(i, 0), 4 * std::hypot(deviation[i], factor(i, 0)) / std::sqrt(kRows)) << i;
    // The error of a variance is √(2/n); where the factor outweighs the noise, its own error adds to it.
    EXPECT_NEAR(log_scale(i, 0), std::log(deviation[i]), 4 * std::sqrt((1 + share) / kRows)) << i;
  }
}

// Encoder and decoder without hidden layers, one learned noise for all columns: no bound of such a VAE is above the
// likelihood of PPCA's maximum, and the best is just that.                                     Lucas et al. (2019)
TEST(Ppca, IsWhatAVaeOfStraightLinesComesTo) {
  constexpr int64_t kRows = 400, kDim = 5, kSteps = 20'000;
  const Array rows = correlated_rows(kRows, kDim);
  Dense standard = dense(rows);
  standard.rowwise() -= standard.colwise().mean().eval();
  standard = standard * (standard.colwise().squaredNorm() / kRows).cwiseSqrt().cwiseInverse().asDiagonal();
  const Array x =
      Array::of<double>({kRows, kDim}, {standard.data(), standard.data() + standard.size()}).cast(DType::kF32);
  const Settings settings =
      model_settings({"model=vae", "encoder.hidden=[]", "decoder.hidden=[]", "latent.dimension=2", "likelihood=normal",
                      "likelihood.scale_from=shared", "objective.gradient=stick-the-landing"});
  const nn::Parameters parameters;
  const VaeModel vae(site_of(kDim, parameters), settings);
  Graph step(GraphMode::kTraining);
  const Tensor loss = mean(vae.terms(step, {{"x", step.constant(x)}}, kRows).loss);
  const Settings adam =
      Settings::of(view_of(train::optimizers().find("adam")), {"learning_rate=0.02", "schedule=cosine"});
  step.update(train::apply_optimizer(adam, {.steps = kSteps}, nn::gradients(loss, parameters)));
  const Executable trained = compile(step, {.threads = 1});
  for (int64_t i = 0; i < kSteps; ++i) trained.run({.seed = 1, .step = static_cast<uint64_t>(i)});

  Graph graph;
  graph.output("log_weights", vae.log_weights({{"x", graph.constant(x)}}, 50));
  const std::vector<double> log_weights = values_of(Interpreter(graph).run({}).at("log_weights"));
  const double bound = estimate(log_weights).mean, exact = largest_log_likelihood(x, 2);
  EXPECT_NEAR(bound, exact, 1e-3);
}

}  // namespace
}  // namespace elbo::models
