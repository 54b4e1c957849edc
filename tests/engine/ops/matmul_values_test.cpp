// Matrix products against Eigen, and their error messages.
#include <Eigen/Dense>
#include <limits>

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::drawn;
using testing_ops::evaluate;
using testing_ops::expect_values;
using testing_ops::message_of;
using testing_ops::reals;
using testing_ops::to_vector;
using Values = std::vector<double>;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Values eigen_product(const double* a, const double* b, int64_t m, int64_t k, int64_t n, const MatmulOptions& options) {
  const Eigen::Map<const Matrix> left(a, options.transpose_a ? k : m, options.transpose_a ? m : k);
  const Eigen::Map<const Matrix> right(b, options.transpose_b ? n : k, options.transpose_b ? k : n);
  Matrix product(m, n);
  if (options.transpose_a && options.transpose_b) {
    product = left.transpose() * right.transpose();
  } else if (options.transpose_a) {
    product = left.transpose() * right;
  } else if (options.transpose_b) {
    product = left * right.transpose();
  } else {
    product = left * right;
  }
  return {product.data(), product.data() + m * n};
}

const std::vector<MatmulOptions> kOptions = {{}, {.transpose_a = true}, {.transpose_b = true}, {true, true}};

TEST(Matmul, AgreesWithEigen) {
  const std::vector<std::array<int64_t, 3>> sizes = {{1, 1, 1}, {3, 4, 5}, {7, 1, 3}, {1, 9, 1},   {17, 33, 5},
                                                     {2, 0, 3}, {0, 4, 2}, {4, 2, 0}, {13, 31, 29}};
  for (const auto& [m, k, n] : sizes) {
    for (const MatmulOptions& options : kOptions) {
      const Array a = drawn(options.transpose_a ? Shape{k, m} : Shape{m, k}, 1);
      const Array b = drawn(options.transpose_b ? Shape{n, k} : Shape{k, n}, 2);
      const Array c = evaluate({a, b}, [&](const Tensors& x) { return matmul(x[0], x[1], options); });
      EXPECT_EQ(c.shape(), (Shape{m, n}));
      expect_values(to_vector(c), eigen_product(a.values<double>().data(), b.values<double>().data(), m, k, n, options),
                    Precision::kF64, static_cast<int>(8 + k));
    }
  }
}

TEST(Matmul, OfBatchesIsOneProductEach) {
  constexpr int64_t kBatch = 6, kM = 3, kK = 4, kN = 5;
  for (const MatmulOptions& options : kOptions) {
    const Array a = drawn(options.transpose_a ? Shape{2, 3, kK, kM} : Shape{2, 3, kM, kK}, 1);
    const Array b = drawn(options.transpose_b ? Shape{2, 3, kN, kK} : Shape{2, 3, kK, kN}, 2);
    const Array one = drawn(options.transpose_b ? Shape{kN, kK} : Shape{kK, kN}, 3);
    const Array c = evaluate({a, b}, [&](const Tensors& x) { return matmul(x[0], x[1], options); });
    const Array shared = evaluate({a, one}, [&](const Tensors& x) { return matmul(x[0], x[1], options); });
    EXPECT_EQ(c.shape(), (Shape{2, 3, kM, kN}));
    EXPECT_EQ(shared.shape(), (Shape{2, 3, kM, kN}));
    Values truth, truth_shared;
    for (int64_t i = 0; i < kBatch; ++i) {
      const double* left = a.values<double>().data() + i * kM * kK;
      for (const double value : eigen_product(left, b.values<double>().data() + i * kK * kN, kM, kK, kN, options)) {
        truth.push_back(value);
      }
      for (const double value : eigen_product(left, one.values<double>().data(), kM, kK, kN, options)) {
        truth_shared.push_back(value);
      }
    }
    expect_values(to_vector(c), truth, Precision::kF64, 16);
    expect_values(to_vector(shared), truth_shared, Precision::kF64, 16);
  }
}

TEST(Matmul, PassesNanAndInfinityOn) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Array c = evaluate({reals({3, 2}, {inf, 1, nan, 0, inf, inf}), reals({2, 1}, {1, -1})},
                           [](const Tensors& x) { return matmul(x[0], x[1]); });
  expect_values(to_vector(c), {inf, nan, nan});
}

TEST(Matmul, SaysWhichSizesDiffer) {
  const auto refusal = [](const Shape& a, const Shape& b, const MatmulOptions& options = {}) {
    return message_of([&] {
      Graph graph;
      const auto encoder = graph.scope("encoder");
      const auto layer = graph.scope("1");
      matmul(graph.input("a", a), graph.input("b", b), options);
    });
  };
  EXPECT_EQ(refusal({128, 500}, {400, 500}),
            "matmul at encoder.1: src [128, 500] and weights [400, 500]: inner sizes differ (500 and 400)");
  EXPECT_EQ(refusal({128, 500}, {500, 400}, {.transpose_b = true}),
            "matmul at encoder.1: src [128, 500] and weights [500, 400]: inner sizes differ (500 and 400)");
  EXPECT_EQ(refusal({500, 128}, {400, 500}, {.transpose_a = true}),
            "matmul at encoder.1: src [500, 128] and weights [400, 500]: inner sizes differ (500 and 400)");
  // Several leading axes: the shapes as given, not as flattened.
  EXPECT_EQ(refusal({2, 3, 500}, {400, 500}),
            "matmul at encoder.1: src [2, 3, 500] and weights [400, 500]: inner sizes differ (500 and 400)");
  EXPECT_EQ(refusal({2, 3, 4}, {3, 4, 5}),
            "matmul at encoder.1: src [2, 3, 4] and weights [3, 4, 5]: the leading axes differ");
  EXPECT_EQ(refusal({3, 4}, {2, 4, 5}),
            "matmul at encoder.1: src [3, 4] and weights [2, 4, 5]: the leading axes differ");
  EXPECT_EQ(refusal({4}, {4, 5}), "matmul at encoder.1: src [4] and weights [4, 5]: both must have at least two axes");
}

}  // namespace
}  // namespace elbo
