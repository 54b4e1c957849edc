// Masked products: what is left out, and that the answers are the same.
#include "elbo/engine/cpu/schedule/zeros.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "tests/support/arrays.h"

namespace elbo {
namespace {

using testing_support::waves;

Array mask(int64_t rows, int64_t cols, const std::function<bool(int64_t, int64_t)>& keeps) {
  Array array(DType::kF32, {rows, cols});
  auto values = array.values<float>();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) values[static_cast<size_t>(r * cols + c)] = keeps(r, c) ? 1.0f : 0.0f;
  }
  return array;
}

// A masked layer, its gradients by x and w, and arithmetic in multiply-adds; `dense`: of the same without a mask.
struct Masked {
  double share = 0;

  Masked(int64_t rows, int64_t in, int64_t out, const Array& m) {
    const VariablePtr w = make_variable("w", waves({out, in}, 1));
    const auto layer = [&](bool masked) {
      Graph graph;
      const Tensor x = graph.input("x", {rows, in});
      const Tensor weight = graph.variable(w);
      const Tensor used = masked ? weight * graph.constant(m) : weight;
      const Tensor y = matmul(x, used, {.transpose_b = true});
      const Tensors grads = gradients(sum(square(y)), {x, weight});
      graph.output("y", y);
      graph.output("dx", grads[0]);
      graph.output("dw", grads[1]);
      return graph;
    };
    const Graph graph = layer(true);
    const Executable run = compile(graph, {.threads = 2, .verify = true});
    share = run.report().flops / compile(layer(false)).report().flops;
    const std::map<std::string, Array> inputs = {{"x", waves({rows, in}, 2)}};
    const auto fast = run.run(inputs, {});
    const auto truth = Interpreter(graph).run(inputs, {});
    for (const auto& [name, array] : fast) {
      double largest = 0;
      for (const double value : truth.at(name).values<double>()) largest = std::max(largest, std::abs(value));
      for (size_t i = 0; i < static_cast<size_t>(array.elements()); ++i) {
        EXPECT_NEAR(static_cast<double>(array.values<float>()[i]), truth.at(name).values<double>()[i], 1e-5 * largest)
            << name << " " << i;
      }
    }
  }
};

TEST(Zeros, AStaircaseCostsLittleMoreThanHalf) {
  const Masked falling(260, 384, 320, mask(320, 384, [](int64_t o, int64_t i) { return i * 320 <= o * 384; }));
  EXPECT_LT(falling.share, 0.7);
  const Masked rising(260, 384, 320, mask(320, 384, [](int64_t o, int64_t i) { return i * 320 >= o * 384; }));
  EXPECT_LT(rising.share, 0.7);
}

TEST(Zeros, WholeStripsMayBeZero) {
  const Masked half(128, 512, 400, mask(400, 512, [](int64_t o, int64_t i) { return o >= 250 && i < 256; }));
  EXPECT_LT(half.share, 0.4);
}

TEST(Zeros, AMaskWithoutOrderLeavesNothingOut) {
  const Masked striped(64, 256, 256, mask(256, 256, [](int64_t o, int64_t i) { return (o + i) % 2 == 0; }));
  EXPECT_EQ(striped.share, 1);
}

TEST(Zeros, SmallProductsAreLeftWhole) {
  const Masked small(64, 48, 48, mask(48, 48, [](int64_t o, int64_t i) { return i <= o; }));
  EXPECT_EQ(small.share, 1);
}

}  // namespace
}  // namespace elbo
