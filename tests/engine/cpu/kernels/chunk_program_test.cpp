#include "elbo/engine/cpu/kernels/chunk_program.h"

#include <array>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

class ChunkKernels : public EveryTarget {};
ELBO_FOR_EVERY_TARGET(ChunkKernels);

TEST_P(ChunkKernels, GiveTheBitsOfElementwiseKernels) {
  constexpr size_t kCount = kChunkFloats;
  std::array<std::vector<float>, 3> src;
  for (size_t s = 0; s < 3; ++s) {
    for (size_t i = 0; i < kCount; ++i) src[s].push_back(std::sin(static_cast<float>(s * kCount + i)) * 3);
    src[s][7 + s] = 0.0f;
  }
  for (const char* name : {"neg", "abs", "sign", "sqrt", "rsqrt", "square", "reciprocal", "copy", "add", "sub", "mul",
                           "div", "min", "max", "less", "less_equal", "select", "multiply_add"}) {
    const ChunkKernel chunk = chunk_kernel(name);
    ASSERT_NE(chunk, nullptr) << name;
    std::vector<float> expected(kCount), actual(kCount);
    TileArgs args{.dst = expected.data(), .dst_stride = kChunkFloats, .src = {}, .outer = 1, .inner = kChunkFloats};
    for (size_t s = 0; s < 3; ++s) args.src[s] = {.data = src[s].data(), .stride = kChunkFloats};
    elementwise_kernel(name)(args);
    const float* const sources[] = {src[0].data(), src[1].data(), src[2].data()};
    chunk(actual.data(), sources, 0);
    EXPECT_EQ(std::memcmp(actual.data(), expected.data(), kCount * sizeof(float)), 0) << name;
    std::vector<float> in_place = src[0];
    const float* const own[] = {in_place.data(), src[1].data(), src[2].data()};
    chunk(in_place.data(), own, 0);
    EXPECT_EQ(std::memcmp(in_place.data(), expected.data(), kCount * sizeof(float)), 0) << name << " in place";
  }
}

TEST_P(ChunkKernels, AreThereForCheapOperationsOnly) {
  EXPECT_EQ(chunk_kernel("tanh"), nullptr);
  EXPECT_EQ(chunk_kernel("no such operation"), nullptr);
}

VariablePtr variable(const std::string& name, const Shape& shape, float scale) {
  Array value(DType::kF32, shape);
  auto values = value.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = scale * std::sin(static_cast<float>(i) + 1);
  return make_variable(name, std::move(value));
}

struct Extents {
  int64_t rows, cols;
};

class ChunkedUpdate : public testing::TestWithParam<Extents> {};

// A weight's gradient as a product, and Adam's update on it: widths below, at and above a chunk, full and cut blocks.
TEST_P(ChunkedUpdate, AgreesWithTheInterpreter) {
  const auto [rows, cols] = GetParam();
  constexpr int64_t kBatch = 9;
  const VariablePtr w = variable("w", {rows, cols}, 0.3f), m = variable("m", {rows, cols}, 0.1f);
  const VariablePtr v = make_variable("v", Array(DType::kF32, {rows, cols})), t = variable("t", {}, 1);
  Graph graph;
  const Tensor x = graph.input("x", {kBatch, cols}), y = graph.input("y", {kBatch, rows});
  const Tensor loss = 0.5 * sum(square(matmul(x, graph.variable(w), {.transpose_b = true}) - y));
  const Tensor gradient = gradients(loss, {graph.variable(w)})[0];
  const Tensor rate = 0.01 * graph.variable(t);  // computed in the step, one value for all
  const Tensor new_m = 0.9 * graph.variable(m) + 0.1 * gradient;
  const Tensor new_v = 0.99 * graph.variable(v) + 0.01 * square(gradient);
  graph.update(m, new_m);
  graph.update(v, new_v);
  graph.update(w, graph.variable(w) - rate * new_m / (sqrt(new_v) + 1e-3));
  Interpreter interpreter(graph, {.precision = Precision::kF32});
  const Executable step = compile(graph, {.threads = 2, .verify = true});
  std::map<std::string, Array> inputs;
  for (const char* name : {"x", "y"}) {
    Array array(DType::kF32, {kBatch, name[0] == 'x' ? cols : rows});
    auto values = array.values<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::cos(static_cast<float>(i) * (name[0] == 'x' ? 1 : 2));
    inputs.emplace(name, std::move(array));
  }
  for (int i = 0; i < 2; ++i) {
    interpreter.run(inputs);
    step.run(inputs, {});
  }
  for (const VariablePtr& one : {w, m, v}) {
    const std::vector<double>& expected = interpreter.variable(one.get());
    const auto actual = one->value.values<float>();
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(actual[i], expected[i], 1e-4 * (1 + std::abs(expected[i]))) << one->name << " at " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, ChunkedUpdate,
                         testing::Values(Extents{1, 1}, Extents{3, 5}, Extents{1, 127}, Extents{4, 128},
                                         Extents{130, 129}, Extents{257, 300}, Extents{200, 1500}, Extents{35, 400}),
                         [](const testing::TestParamInfo<Extents>& extents) {
                           return std::to_string(extents.param.rows) + "x" + std::to_string(extents.param.cols);
                         });

}  // namespace
}  // namespace elbo::cpu
