// What LowRankNormal tells of the noise that dimensions share; the rest is in every_family_test.cpp.
#include "elbo/prob/low_rank_normal.h"

#include <Eigen/Dense>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/ops.h"
#include "tests/prob/testing.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

constexpr int64_t kLong = 4, kRank = 2;

using Dense = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Dense> dense(const Array& array, int64_t rows, int64_t cols) {
  return {array.values<double>().data(), rows, cols};
}

// (I + Fᵀ F)⁻¹ Fᵀ a and its covariance, by plain elimination; one factor for all rows, and one of each.
TEST(LowRankNormal, SharedNoiseGivenAValue) {
  for (const int64_t own : {1, 2}) {
    constexpr int64_t kDraws = 20'000;
    const auto numbers = [](const Shape& shape, double step) { return waves(shape, step).cast(DType::kF64); };
    const Array loc = numbers({2, kLong}, 1), log_scale = numbers({1, kLong}, 2);
    const Array factor = numbers({own, kLong, kRank}, 5), value = numbers({2, kLong}, 7);
    Graph graph;
    const LowRankNormal d{
        .loc = graph.constant(loc), .log_scale = graph.constant(log_scale), .factor = graph.constant(factor)};
    graph.output("mean", d.shared_mean(graph.constant(value)));
    graph.output("draws", d.shared_draw(repeat_rows(graph.constant(value), kDraws)));
    const auto out = Interpreter(graph).run({}, {.seed = 4});
    for (int64_t row = 0; row < 2; ++row) {
      const Dense f = dense(factor, own * kLong, kRank).middleRows(own == 1 ? 0 : row * kLong, kLong);
      const Eigen::VectorXd a = ((dense(value, 2, kLong).row(row) - dense(loc, 2, kLong).row(row)).array() *
                                 (-dense(log_scale, 1, kLong).row(0).array()).exp())
                                    .matrix()
                                    .transpose();
      const Dense covariance = (Dense::Identity(kRank, kRank) + f.transpose() * f).inverse();
      const Eigen::VectorXd mean = covariance * f.transpose() * a;
      for (int64_t k = 0; k < kRank; ++k) {
        EXPECT_NEAR(dense(out.at("mean"), 2, kRank)(row, k), mean[k], 1e-12);
        for (int64_t j = 0; j < kRank; ++j) {
          std::vector<double> products, values;
          for (int64_t s = 0; s < kDraws; ++s) {
            const auto draw = dense(out.at("draws"), 2 * kDraws, kRank).row(2 * s + row);
            products.push_back((draw[k] - mean[k]) * (draw[j] - mean[j]));
            values.push_back(draw[k]);
          }
          const Estimate product = estimate(products), average = estimate(values);
          EXPECT_NEAR(product.mean, covariance(k, j), 4 * product.standard_error) << own << " " << row;
          EXPECT_NEAR(average.mean, mean[k], 4 * average.standard_error) << own << " " << row;
        }
      }
    }
  }
}

}  // namespace
}  // namespace elbo::prob
