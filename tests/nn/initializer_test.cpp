#include "elbo/nn/initializer.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>

#include "elbo/nn/linear.h"
#include "elbo/nn/parameters.h"
#include "elbo/settings/error.h"

namespace elbo::nn {
namespace {

struct Moments {
  double mean = 0, variance = 0, largest = 0;
};

Moments moments_of(const Initializer& init, const Shape& shape) {
  const Parameters parameters{{.seed = 11}};
  const VariablePtr variable = parameters.get("x", {.shape = shape, .init = init});
  Moments m;
  const auto values = std::as_const(variable->value).values<float>();
  const auto count = static_cast<double>(values.size());
  for (const float value : values) m.mean += value / count;
  for (const float value : values) m.variance += (value - m.mean) * (value - m.mean) / count;
  for (const float value : values) m.largest = std::max(m.largest, std::abs(static_cast<double>(value)));
  return m;
}

// Shape [out, in] = [200, 300]: 60,000 values.  Four standard errors of mean and variance.
void expect_moments(const Initializer& init, double variance, double kurtosis) {
  const Moments m = moments_of(init, {200, 300});
  EXPECT_NEAR(m.mean, 0, 4 * std::sqrt(variance / 60000)) << init.name;
  EXPECT_NEAR(m.variance, variance, 4 * variance * std::sqrt((kurtosis - 1) / 60000)) << init.name;
}

TEST(Initializer, HasTheVarianceOfItsPaper) {
  constexpr double kUniform = 1.8, kNormal = 3.0;
  expect_moments(init::pytorch_linear(), 1.0 / 300 / 3, kUniform);
  expect_moments(init::glorot_uniform(), 2.0 / 500, kUniform);
  expect_moments(init::glorot_normal(), 2.0 / 500, kNormal);
  expect_moments(init::he_normal(), 2.0 / 300, kNormal);
  expect_moments(init::he_uniform(), 2.0 / 300, kUniform);
  expect_moments(init::normal(0.5), 0.25, kNormal);
  EXPECT_LE(moments_of(init::pytorch_linear(), {200, 300}).largest, 1 / std::sqrt(300.0));
  EXPECT_LE(moments_of(init::uniform(0.01), {200, 300}).largest, 0.01);
  EXPECT_GT(moments_of(init::uniform(0.01), {200, 300}).largest, 0.0099);
  EXPECT_EQ(moments_of(init::constant(2.5), {7}).mean, 2.5);
  EXPECT_EQ(moments_of(init::zeros(), {7}).largest, 0);
}

TEST(Initializer, NormalDrawsHaveNormalQuantiles) {
  const Parameters parameters{{.seed = 5}};
  const VariablePtr variable = parameters.get("x", {.shape = {40000}, .init = init::normal(1)});
  const auto values = std::as_const(variable->value).values<float>();
  for (const double at : {-2.0, -1.0, 0.0, 0.5, 1.5}) {
    const double p = 0.5 * std::erfc(-at / std::sqrt(2.0));
    const auto below =
        static_cast<double>(std::count_if(values.begin(), values.end(), [&](float v) { return v < at; }));
    EXPECT_NEAR(below / 40000, p, 4 * std::sqrt(p * (1 - p) / 40000)) << at;
  }
}

TEST(Initializer, IsFoundByName) {
  for (const InitializerRow* row : initializers().rows()) {
    EXPECT_EQ(initializer(row->name).name, row->name);
    EXPECT_FALSE(row->description.empty());
  }
  try {
    initializer("he-norml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("unknown initializer \"he-norml\"; known: "));
    EXPECT_THAT(error.what(), testing::EndsWith("(did you mean he-normal?)"));
  }
}

TEST(Initializer, BiasFollowsTheWeights) {
  const Parameters parameters;
  const Linear torch{parameters / "torch", {.in = 100, .out = 50}};
  const Linear he{parameters / "he", {.in = 100, .out = 50, .init = init::he_normal()}};
  const Linear chosen{parameters / "chosen", {.in = 100, .out = 50, .bias_init = init::constant(1)}};
  const auto largest = [](const VariablePtr& v) {
    float top = 0;
    for (const float value : std::as_const(v->value).values<float>()) top = std::max(top, std::abs(value));
    return top;
  };
  EXPECT_GT(largest(torch.bias()), 0.05f);
  EXPECT_LE(largest(torch.bias()), 0.1f);  // 1/sqrt(100)
  EXPECT_EQ(largest(he.bias()), 0);
  EXPECT_EQ(largest(chosen.bias()), 1);
}

}  // namespace
}  // namespace elbo::nn
