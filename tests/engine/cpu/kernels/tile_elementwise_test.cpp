// Layout: every way an operand can lie in memory, every awkward size, nothing outside the rows touched.
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

constexpr float kNotWritten = -77.0f;

enum class Mode { kTight, kStrided, kRepeatedRow, kRowScalar, kStridedRowScalar, kOneScalar };
constexpr std::array kModes{Mode::kTight,     Mode::kStrided,          Mode::kRepeatedRow,
                            Mode::kRowScalar, Mode::kStridedRowScalar, Mode::kOneScalar};

TileOperand operand_in(Mode mode, int64_t inner) {
  switch (mode) {
    case Mode::kTight:
      return {.stride = inner};
    case Mode::kStrided:
      return {.stride = inner + 3};
    case Mode::kRepeatedRow:
      return {.stride = 0};
    case Mode::kRowScalar:
      return {.stride = 1, .inner_scalar = true};
    case Mode::kStridedRowScalar:
      return {.stride = 5, .inner_scalar = true};
    case Mode::kOneScalar:
      return {.stride = 0, .inner_scalar = true};
  }
  return {};
}

// How many floats the operand spans: exactly what may be read.
size_t extent(const TileOperand& src, int64_t outer, int64_t inner) {
  if (outer == 0 || inner == 0) return 0;
  return static_cast<size_t>((outer - 1) * src.stride + (src.inner_scalar ? 1 : inner));
}

struct Operation {
  const char* name;
  int sources;
  float tolerance;  // relative
  std::function<float(float, float, float)> plain;
};
const std::vector<Operation>& operations() {
  static const std::vector<Operation> all{
      {"square", 1, 0.0f, [](float x, float, float) { return x * x; }},
      {"exp", 1, 3e-7f, [](float x, float, float) { return std::exp(x); }},
      {"gelu", 1, 1e-6f, [](float x, float, float) { return float(0.5 * x * std::erfc(-x * std::sqrt(0.5))); }},
      {"sub", 2, 0.0f, [](float x, float y, float) { return x - y; }},
      {"div", 2, 0.0f, [](float x, float y, float) { return x / y; }},
      {"select", 3, 0.0f, [](float x, float y, float z) { return x != 0.0f ? y : z; }},
      {"multiply_add", 3, 1.2e-7f, [](float x, float y, float z) { return std::fma(x, y, z); }},
  };
  return all;
}

void check(const Operation& op, std::array<Mode, 3> modes, int64_t outer, int64_t inner, int64_t dst_gap) {
  std::vector<std::unique_ptr<GuardedFloats>> buffers;
  TileArgs args{.dst_stride = inner + dst_gap, .outer = outer, .inner = inner};
  for (int k = 0; k < op.sources; ++k) {
    TileOperand& src = args.src[static_cast<size_t>(k)];
    src = operand_in(modes[static_cast<size_t>(k)], inner);
    buffers.push_back(std::make_unique<GuardedFloats>(extent(src, outer, inner)));
    size_t i = static_cast<size_t>(k) * 1000;
    for (float& x : *buffers.back()) {
      x = sample_value(i++);
      if (k == 0 && op.sources == 3 && i % 3 == 0) x = 0.0f;
    }
    src.data = buffers.back()->data();
  }
  GuardedFloats dst(outer == 0 || inner == 0 ? 0 : static_cast<size_t>((outer - 1) * args.dst_stride + inner),
                    kNotWritten);
  args.dst = dst.data();
  elementwise_kernel(op.name)(args);

  for (int64_t i = 0; i < outer && inner != 0; ++i) {
    for (int64_t j = 0; j < args.dst_stride; ++j) {
      const size_t at = static_cast<size_t>(i * args.dst_stride + j);
      if (at >= dst.size()) break;
      float expected = kNotWritten;
      if (j < inner) {
        std::array<float, 3> x{};
        for (size_t k = 0; k < static_cast<size_t>(op.sources); ++k) {
          x[k] = args.src[k].data[i * args.src[k].stride + (args.src[k].inner_scalar ? 0 : j)];
        }
        expected = op.plain(x[0], x[1], x[2]);
      }
      const float allowed = j < inner ? op.tolerance * std::max(std::abs(expected), 1e-3f) : 0.0f;
      ASSERT_LE(std::abs(dst[at] - expected), allowed)
          << op.name << " " << outer << "x" << inner << " modes " << int(modes[0]) << int(modes[1]) << int(modes[2])
          << " at " << i << "," << j << ": " << dst[at] << ", not " << expected;
    }
  }
}

class TileLayout : public EveryTarget {};
ELBO_FOR_EVERY_TARGET(TileLayout);

TEST_P(TileLayout, EveryOperandModeAndSize) {
  for (const Operation& op : operations()) {
    for (const int64_t outer : {0, 1, 2, 5}) {
      for (const int64_t inner : {0, 1, 2, 7, 16, 17, 33, 70}) {
        for (const Mode a : kModes) {
          for (const Mode b : kModes) {
            if (op.sources < 2 && b != Mode::kTight) continue;
            for (const Mode c : kModes) {
              if (op.sources < 3 && c != Mode::kTight) continue;
              if (op.sources == 3 && a != b && b != c && a != c) continue;  // pairs are enough
              check(op, {a, b, c}, outer, inner, (outer + inner) % 2 * 3);
              if (HasFatalFailure()) return;
            }
          }
        }
      }
    }
  }
}

TEST_P(TileLayout, DestinationMayBeASource) {
  for (const int64_t stride : {40, 43}) {
    for (const size_t k : {0u, 1u, 2u}) {
      std::vector<float> x[3];
      for (size_t s = 0; s < 3; ++s) {
        for (size_t i = 0; i < 7 * 43; ++i) x[s].push_back(sample_value(i + 1000 * s));
      }
      TileArgs args{.dst_stride = stride, .outer = 7, .inner = 40};
      for (size_t s = 0; s < 3; ++s) args.src[s] = {.data = x[s].data(), .stride = stride};
      std::vector<float> apart(x[0].size());
      args.dst = apart.data();
      elementwise_kernel("multiply_add")(args);
      args.dst = x[k].data();
      elementwise_kernel("multiply_add")(args);
      for (int64_t i = 0; i < 7; ++i) {
        EXPECT_EQ(std::memcmp(apart.data() + i * stride, x[k].data() + i * stride, 40 * sizeof(float)), 0);
      }
    }
  }
}

TEST_P(TileLayout, AValueDoesNotDependOnItsPlace) {
  for (const char* name : {"exp", "log1p", "tanh", "softplus", "gelu", "erf", "sin"}) {
    GuardedFloats x(37), y(37), one(37);
    for (size_t i = 0; i < x.size(); ++i) x[i] = std::abs(sample_value(i));
    elementwise_kernel(name)({.dst = y.data(), .src = {{{.data = x.data()}}}, .outer = 1, .inner = 37});
    elementwise_kernel(name)(
        {.dst = one.data(), .dst_stride = 1, .src = {{{.data = x.data(), .stride = 1}}}, .outer = 37, .inner = 1});
    EXPECT_TRUE(std::equal(y.begin(), y.end(), one.begin())) << name;
    for (size_t i = 0; i < x.size(); ++i) {
      float single = 0.0f;
      elementwise_kernel(name)({.dst = &single, .src = {{{.data = &x[i]}}}, .outer = 1, .inner = 1});
      EXPECT_EQ(single, y[i]) << name;
    }
  }
}

}  // namespace
}  // namespace elbo::cpu
