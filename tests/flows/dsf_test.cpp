#include "elbo/flows/dsf.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"

namespace elbo::flows {
namespace {

constexpr int64_t kDsfRows = 50, kUnits = 8;

std::vector<double> values_in(const Interpreter& check, Tensor tensor) {
  const Array array = check.value(tensor);
  return {array.values<double>().begin(), array.values<double>().end()};
}

// theta with a, b and w of the given sizes, different in each row.
Tensor random_theta(Graph& graph, double slopes, double shifts, double weights) {
  Array theta(DType::kF64, {kDsfRows, 1, 3 * kUnits});
  nn::InitialDraws(31, "theta").fill_normal(theta.values<double>());
  const double sizes[] = {slopes, shifts, weights};
  for (size_t i = 0; i < theta.values<double>().size(); ++i) {
    theta.values<double>()[i] *= sizes[i / static_cast<size_t>(kUnits) % 3];
  }
  return graph.constant(std::move(theta));
}

Tensor random_rows(Graph& graph, double scale) {
  Array rows(DType::kF64, {kDsfRows, 1});
  nn::InitialDraws(37, "rows").fill_normal(rows.values<double>());
  for (double& value : rows.values<double>()) value *= scale;
  return graph.constant(std::move(rows));
}

TEST(DeepSigmoid, IsThePapersMap) {
  Graph graph;
  const Tensor theta = random_theta(graph, 1, 1, 1), x = random_rows(graph, 1);
  const auto [y, log_slope] = deep_sigmoid(x, theta);
  const Tensor slope = gradients(sum(y), {x})[0];
  Interpreter check(graph);
  check.run({});
  const std::vector<double> raw = values_in(check, theta), xs = values_in(check, x), ys = values_in(check, y);
  const std::vector<double> logs = values_in(check, log_slope), slopes = values_in(check, slope);
  for (size_t n = 0; n < kDsfRows; ++n) {
    double p = 0, weights = 0;
    for (size_t j = 0; j < kUnits; ++j) {
      const double* row = raw.data() + n * 3 * kUnits;
      const double a = 1e-3 + std::log1p(std::exp(row[j])), b = row[kUnits + j], w = std::exp(row[2 * kUnits + j]);
      p += w / (1 + std::exp(-(a * xs[n] + b)));
      weights += w;
    }
    p /= weights;
    EXPECT_NEAR(ys[n], std::log(p / (1 - p)), 1e-10);
    EXPECT_NEAR(logs[n], std::log(slopes[n]), 1e-10);
  }
}

TEST(DeepSigmoid, EqualUnitsAreALine) {
  Graph graph;
  Array theta(DType::kF64, {1, 2, 3 * kUnits});
  const double one = std::log(std::expm1(1 - 1e-3));
  for (size_t i = 0; i < theta.values<double>().size(); ++i) {
    theta.values<double>()[i] = i / static_cast<size_t>(kUnits) % 3 == 0 ? one : 0;
  }
  const Tensor x = graph.constant(Array::of<float>({1, 2}, {-2.5f, 1e4f}));
  const auto [y, log_slope] = deep_sigmoid(x, graph.constant(theta));
  Interpreter check(graph);
  check.run({});
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(values_in(check, y)[i] / values_in(check, x)[i], 1, 1e-7);
    EXPECT_NEAR(values_in(check, log_slope)[i], 0, 1e-7);
  }
}

// Plateaus, steep steps, weights that all but vanish, far tails.  Where the map is flat, x is as uncertain as y's last
// digits make it.
TEST(DeepSigmoid, InverseSolvesItsEquationAtExtremes) {
  for (const double slopes : {1.0, 5.0, 30.0}) {
    for (const double shifts : {1.0, 10.0, 100.0}) {
      for (const double weights : {1.0, 30.0}) {
        for (const double scale : {1.0, 100.0, 1e4}) {
          Graph graph;
          const Tensor theta = random_theta(graph, slopes, shifts, weights), y = random_rows(graph, scale);
          const auto [x, inverse_slope] = deep_sigmoid_inverse(y, theta);
          const auto [again, log_slope] = deep_sigmoid(x, theta);
          Interpreter check(graph);
          check.run({});
          const std::vector<double> ys = values_in(check, y), xs = values_in(check, x);
          const std::vector<double> back = values_in(check, again), slopes_of_x = values_in(check, log_slope);
          const std::vector<double> inverse_slopes = values_in(check, inverse_slope);
          for (size_t n = 0; n < kDsfRows; ++n) {
            const double wanted = ys[n], solved = xs[n], slope = slopes_of_x[n];
            const double residual = std::abs(back[n] - wanted);
            EXPECT_LT(std::min(residual, residual * std::exp(-slope)),
                      1e-12 * (1 + std::abs(wanted) + std::abs(solved)))
                << slopes << " " << shifts << " " << weights << " " << scale;
            EXPECT_EQ(inverse_slopes[n], -slope);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace elbo::flows
