// Running sums: the same bits in every kernel that makes them, which are those of sums in double.
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"

namespace elbo::cpu {
namespace {

// A large term that f32 would lose small ones beside, and that goes again.
Array terms(int64_t rows, int64_t cols) {
  Array x(DType::kF32, {rows, cols});
  auto values = x.values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t col = i % static_cast<size_t>(cols);
    values[i] = col == 1                               ? 3e7f
                : col + 2 == static_cast<size_t>(cols) ? -3e7f
                                                       : 0.3f + 0.01f * static_cast<float>(i % 7);
  }
  return x;
}

std::vector<float> sums_of_rows(const Array& x, const CumsumOptions& options) {
  const int64_t cols = x.shape()[1];
  std::vector<float> sums(static_cast<size_t>(x.elements()));
  for (int64_t row = 0; row < x.shape()[0]; ++row) {
    double total = 0;
    for (int64_t j = 0; j < cols; ++j) {
      const auto at = static_cast<size_t>(row * cols + (options.reverse ? cols - 1 - j : j));
      if (options.exclusive) sums[at] = static_cast<float>(total);
      total += static_cast<double>(x.values<float>()[at]);
      if (!options.exclusive) sums[at] = static_cast<float>(total);
    }
  }
  return sums;
}

struct CumsumCase {
  int64_t rows, cols;
  bool turned;  // what the kernel of its own rows does
};

TEST(Cumsum, HasTheSameBitsInEveryKernel) {
  for (const CumsumCase& test :
       {CumsumCase{200, 6, true}, CumsumCase{200, 100, false}, CumsumCase{1, 5, false}, CumsumCase{70, 33, true}}) {
    const Array x = terms(test.rows, test.cols);
    for (const bool exclusive : {false, true}) {
      for (const bool reverse : {false, true}) {
        Graph graph;
        const Tensor in = graph.input("x", {test.rows, test.cols});
        graph.output("rows", cumsum(in, {.axis = 1, .exclusive = exclusive, .reverse = reverse}));
        // Along the first axis it is a kernel of its own, for any axis.
        const Tensor down = cumsum(transpose(in), {.axis = 0, .exclusive = exclusive, .reverse = reverse});
        graph.output("down", transpose(down));
        const Executable run = compile(graph, {.threads = 2});
        const std::vector<float> expected = sums_of_rows(x, {.axis = 1, .exclusive = exclusive, .reverse = reverse});
        const auto outputs = run.run({{"x", x}}, {});
        for (const char* name : {"rows", "down"}) {
          const auto values = outputs.at(name).values<float>();
          EXPECT_EQ(std::vector<float>(values.begin(), values.end()), expected)
              << name << " of " << test.rows << " x " << test.cols;
        }
        for (const auto& kernel : run.report().kernels) {
          if (kernel.operations == "cumsum" && kernel.kind == "tile") {
            EXPECT_EQ(kernel.turned, test.turned);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace elbo::cpu
