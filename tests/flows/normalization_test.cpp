// Actnorm with its first batch, batch normalisation with its running statistics, and the maps between supports.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/actnorm.h"
#include "elbo/flows/batch_norm.h"
#include "elbo/flows/chain.h"
#include "elbo/flows/data_initialization.h"
#include "elbo/flows/squash.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

using prob::AnyTransform;

// Columns with means 3, 6, ... and deviations 2, 4, ...
Array some_rows(int64_t count, int64_t dim) {
  Array array(DType::kF64, {count, dim});
  nn::InitialDraws(51, "rows").fill_normal(array.values<double>());
  auto values = array.values<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    const auto column = static_cast<double>(i % static_cast<size_t>(dim) + 1);
    values[i] = 3 * column + 2 * column * values[i];
  }
  return array.cast(DType::kF32);
}

void expect_standardised(const std::vector<double>& values, size_t dim, double tolerance) {
  for (size_t d = 0; d < dim; ++d) {
    double mean = 0, squares = 0;
    const auto count = static_cast<double>(values.size() / dim);
    for (size_t i = d; i < values.size(); i += dim) mean += values[i] / count;
    for (size_t i = d; i < values.size(); i += dim) squares += (values[i] - mean) * (values[i] - mean) / count;
    EXPECT_NEAR(mean, 0, tolerance) << d;
    EXPECT_NEAR(squares, 1, tolerance) << d;
  }
}

TEST(ActNorm, StandardisesItsFirstBatch) {
  const nn::Parameters parameters;
  const ActNorm norm{parameters / "norm", {.dim = 3}};
  const Array rows = some_rows(200, 3);
  norm.initialize(rows);
  Graph graph;
  const Tensor z = norm.inverse(graph.constant(rows), {}).y;
  Interpreter check(graph);
  check.run({});
  expect_standardised(values_of(check.value(z)), 3, 1e-5);
}

TEST(ActNorm, LeavesColumnsThatDoNotVaryAndRefusesWrongBatches) {
  const nn::Parameters parameters;
  const ActNorm norm{parameters / "norm", {.dim = 2}};
  norm.initialize(Array::of<float>({3, 2}, {5, 1, 5, 2, 5, 3}));
  EXPECT_EQ(parameters.find("norm.log_scale")->value.values<float>()[0], 0);
  EXPECT_EQ(parameters.find("norm.loc")->value.values<float>()[0], 5);
  EXPECT_THROW(norm.initialize(Array(DType::kF32, {0, 2})), DataError);
  EXPECT_THROW(norm.initialize(Array(DType::kF32, {4, 3})), DataError);
  EXPECT_THROW(norm.initialize(Array::of<float>({1, 2}, {NAN, 0})), DataError);
}

// Each actnorm of a stack is set by what reaches it from the data.
TEST(DataInitialization, SetsEveryActNormOfAFlow) {
  for (const std::string family : {"glow", "nice"}) {
    std::vector<std::string> settings{"layers=3"};
    if (family == "nice") settings.push_back("normalization=actnorm");  // a glow has it always
    for (const int64_t context_dim : {0, 2}) {
      const nn::Parameters parameters;
      const AnyTransform flow =
          make_flow(family, {.scope = parameters / "flow", .dim = 4, .context_dim = context_dim}, settings);
      const Array rows = some_rows(256, 4), context = context_dim > 0 ? some_rows(64, 2) : Array();
      EXPECT_EQ(initialize_from_data(flow, rows, context), 3);
      Graph graph;
      Tensor z = graph.constant(rows);
      const Tensor given = context_dim > 0 ? graph.constant(context) : Tensor{};
      std::vector<Tensor> after;
      const auto& parts = dynamic_cast<const Chain&>(flow.get()).parts();
      for (size_t i = parts.size(); i-- > 0;) {
        z = parts[i].inverse(z, given).y;
        if (parts[i].name() == "actnorm") after.push_back(z);
      }
      ASSERT_EQ(after.size(), 3u);
      Interpreter check(graph);
      check.run({});
      for (const Tensor values : after) expect_standardised(values_of(check.value(values)), 4, 1e-4);
    }
  }
}

TEST(DataInitialization, RefusesWrongBatches) {
  const nn::Parameters parameters;
  const AnyTransform flow = make_flow("glow", {.scope = parameters / "flow", .dim = 4, .context_dim = 2}, {"layers=1"});
  EXPECT_THROW(initialize_from_data(flow, some_rows(8, 3), some_rows(8, 2)), DataError);
  EXPECT_THROW(initialize_from_data(flow, some_rows(8, 4)), DataError);
  EXPECT_THROW(initialize_from_data(flow, some_rows(8, 4), some_rows(3, 2)), DataError);
  EXPECT_EQ(initialize_from_data(AnyTransform(Sigmoid{4}), some_rows(8, 4)), 0);
}

TEST(BatchNorm, TrainsByTheBatchAndFollowsItsStatistics) {
  const nn::Parameters parameters;
  const BatchNorm norm{parameters / "norm", {.dim = 3, .momentum = 0.25}};
  const Array rows = some_rows(100, 3);
  Graph step(GraphMode::kTraining);
  const Tensor y = step.input("y", {100, 3});
  const auto [z, det] = norm.inverse(y, {});
  norm.inverse(2 * y, {});  // a second batch in the same step: the statistics follow the first
  step.output("z", z);
  step.output("det", det);
  step.output("gradient", gradients(sum(square(square(z))) + sum(det), {y})[0]);
  ASSERT_EQ(step.updates().size(), 2u);
  const auto expected = Interpreter(step).run({{"y", rows}});
  expect_standardised(values_of(expected.at("z")), 3, 1e-4);
  const Executable compiled = compile(step, {.verify = true});
  std::map<std::string, Array> computed;
  for (int i = 0; i < 60; ++i) computed = compiled.run({{"y", rows}}, {});
  for (const auto& [name, values] : expected) {
    for (size_t i = 0; i < values.values<double>().size(); ++i) {
      EXPECT_NEAR(computed.at(name).values<float>()[i], values.values<double>()[i], 2e-4) << name;
    }
  }
  // By now the running statistics are the batch's: in a graph that does not train the same rows give the same.
  Graph graph;
  const auto evaluated = norm.inverse(graph.constant(rows), {});
  Interpreter check(graph);
  check.run({});
  EXPECT_THAT(values_of(check.value(evaluated.y)),
              testing::Pointwise(testing::DoubleNear(1e-4), values_of(expected.at("z"))));
  EXPECT_THAT(values_of(check.value(evaluated.log_abs_det)),
              testing::Pointwise(testing::DoubleNear(1e-4), values_of(expected.at("det"))));
}

// As a posterior or by a reverse KL: rows go from base to data, and no statistics would ever be followed.
TEST(BatchNorm, RefusesToBeTrainedByItsDraws) {
  const nn::Parameters parameters;
  Graph graph(GraphMode::kTraining), evaluation;
  const Tensor z = graph.input("z", {8, 2});
  for (const std::string family : {"batch-norm", "real-nvp"}) {
    std::vector<std::string> settings;
    if (family == "real-nvp") settings = {"layers=1", "normalization=batch-norm"};
    const AnyTransform flow = make_flow(family, {.scope = parameters / family, .dim = 2}, settings);
    EXPECT_NO_THROW(flow.inverse(z));
    EXPECT_NO_THROW(flow.forward(evaluation.input(family, {8, 2})));
    try {
      flow.forward(z);
      ADD_FAILURE() << family;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("(a posterior, a reverse KL) has none; use actnorm or none"));
    }
  }
}

TEST(BatchNorm, StateIsNotTrainedAndOptionsAreChecked) {
  const nn::Parameters parameters;
  BatchNorm(parameters / "norm", {.dim = 3});
  EXPECT_EQ(parameters.count(), 6);
  EXPECT_EQ(parameters.all().size(), 4u);
  EXPECT_EQ(parameters.find("norm.running_variance")->value.values<float>()[2], 1);
  EXPECT_THROW(BatchNorm(parameters / "bad", {.dim = 0}), ConfigError);
  EXPECT_THROW(BatchNorm(parameters / "bad", {.dim = 2, .momentum = 0}), ConfigError);
  EXPECT_THROW(BatchNorm(parameters / "bad", {.dim = 2, .epsilon = 0}), ConfigError);
}

TEST(Squash, RowsOutsideTheSupportHaveDensityZero) {
  Graph graph;
  const Tensor rows = graph.constant(Array::of<float>({5, 2}, {0.5f, 0.5f, 0, 1, -0.1f, 0.5f, 0.5f, 1.5f, 2, 2}));
  const Tensor unit = Sigmoid{2}.inverse(rows, {}).log_abs_det, positive = Softplus{2}.inverse(rows, {}).log_abs_det;
  for (const Precision precision : {Precision::kF32, Precision::kF64}) {
    Interpreter check(graph, {.precision = precision});
    check.run({});
    const std::vector<double> u = values_of(check.value(unit)), p = values_of(check.value(positive));
    EXPECT_NEAR(u[0], 4 * std::log(2.0), 1e-6);
    EXPECT_TRUE(std::isfinite(u[1]));
    for (const size_t outside : {2, 3, 4}) EXPECT_EQ(u[outside], -INFINITY);
    EXPECT_TRUE(std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[3]) && std::isfinite(p[4]));
    EXPECT_EQ(p[2], -INFINITY);
  }
  EXPECT_THROW(Sigmoid{0}, ConfigError);
  EXPECT_THROW(Softplus{0}, ConfigError);
}

}  // namespace
}  // namespace elbo::flows
