// The kernels of the spline and its gradient against the operations' references, on every instruction set.
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "elbo/engine/cpu/kernels/row_kernels.h"
#include "elbo/engine/cpu/op_table.h"
#include "elbo/engine/ops/rational_quadratic_spline.h"
#include "elbo/engine/ops/rows.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

using Values = std::vector<double>;  // row after row

struct SplineCase {
  const OpDef* op;
  RationalQuadraticSpline spline;
  int64_t rows = 1;

  std::vector<int64_t> widths() const {
    std::vector<int64_t> widths = {1, 3 * spline.bins - 1};
    if (op->inputs.size() == 3) widths.push_back(2);
    return widths;
  }
  int64_t width() const { return op->inputs.size() == 3 ? 3 * spline.bins : 2; }
};

std::vector<Values> drawn(const SplineCase& test, double scale, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<Values> inputs;
  for (const int64_t width : test.widths()) {
    Values& values = inputs.emplace_back(static_cast<size_t>(test.rows * width));
    for (double& value : values) value = static_cast<double>(static_cast<float>(scale * normal(random)));
  }
  return inputs;
}

Values reference(const SplineCase& test, const std::vector<Values>& inputs) {
  Node node;
  node.op = test.op;
  node.attributes = attributes_of(test.spline);
  node.shape = {test.rows, test.width()};
  Values result(static_cast<size_t>(test.rows * test.width()));
  ReferenceCall call{.node = node, .src = {}, .shapes = {}, .dst = result};
  for (const Values& values : inputs) call.src.emplace_back(values);
  test.op->reference(call);
  return result;
}

// Of memory that ends where the values do; rows from `first` on.
Values computed(const SplineCase& test, const std::vector<Values>& inputs, int64_t first = 0) {
  Node node;
  node.op = test.op;
  node.attributes = attributes_of(test.spline);
  const RowKernel kernel = on_cpu(*node.op).row_kernel(node.attributes);
  const int64_t rows = test.rows - first;
  std::vector<std::unique_ptr<GuardedFloats>> memory;
  const auto placed = [&](int64_t width) {
    memory.push_back(std::make_unique<GuardedFloats>(static_cast<size_t>(rows * width), -7.0f));
    return RowValues{.data = memory.back()->data(), .stride = rows};
  };
  RowArgs args{.rows = rows, .attributes = &node.attributes};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int64_t width = test.widths()[i];
    args.src[i] = placed(width);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t col = 0; col < width; ++col) {
        args.src[i].data[col * rows + row] =
            static_cast<float>(inputs[i][static_cast<size_t>((first + row) * width + col)]);
      }
    }
  }
  args.dst = placed(test.width());
  GuardedFloats scratch(static_cast<size_t>(kernel.scratch_floats));
  args.scratch = scratch.data();
  kernel.run(args);
  Values result;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < test.width(); ++col) {
      result.push_back(static_cast<double>(args.dst.data[col * rows + row]));
    }
  }
  return result;
}

class SplineKernels : public EveryTarget {
 protected:
  static void for_each_case(const std::function<void(const SplineCase&)>& check) {
    for (const OpDef* op : {&kRationalQuadraticSpline, &kRationalQuadraticSplineGradient}) {
      for (const int64_t bins : {1, 2, 8, 40}) {
        for (const bool inverse : {false, true}) {
          for (const int64_t rows : {1, 3, 16, 53}) {
            SCOPED_TRACE(std::string(op->name) + ", bins " + std::to_string(bins) + (inverse ? ", inverse" : "") +
                         ", rows " + std::to_string(rows));
            check({op, {.bins = bins, .bound = 1.5, .inverse = inverse}, rows});
          }
        }
      }
    }
  }
};

// Rounding counts as an error of the inputs of 2^-22: what that does to the result, times a factor for the greatest of
// many roundings, is allowed.
TEST_P(SplineKernels, AgreeWithTheReference) {
  for_each_case([](const SplineCase& test) {
    const std::vector<Values> inputs = drawn(test, 1, 3);
    const Values truth = reference(test, inputs), result = computed(test, inputs);
    double scale = 0, sensitivity = 0;
    for (unsigned seed = 1; seed <= 3; ++seed) {
      std::mt19937_64 random(seed);
      std::uniform_real_distribution<double> error(-0x1p-22, 0x1p-22);
      std::vector<Values> moved = inputs;
      for (Values& values : moved) {
        for (double& value : values) value += error(random);
      }
      const Values other = reference(test, moved);
      for (size_t i = 0; i < truth.size(); ++i) {
        scale = std::max(scale, std::abs(truth[i]));
        sensitivity = std::max(sensitivity, std::abs(truth[i] - other[i]));
      }
    }
    for (size_t i = 0; i < truth.size(); ++i) {
      ASSERT_NEAR(result[i], truth[i], 8 * sensitivity + 0x1p-20 * scale) << "value " << i;
    }
  });
}

TEST_P(SplineKernels, GiveTheSameBitsWhereverARowLies) {
  for_each_case([](const SplineCase& test) {
    const std::vector<Values> inputs = drawn(test, 1, 5);
    const Values whole = computed(test, inputs);
    for (int64_t first = 1; first < test.rows; first += 7) {
      EXPECT_EQ(computed(test, inputs, first), Values(whole.begin() + first * test.width(), whole.end()));
    }
  });
}

TEST_P(SplineKernels, AreTheIdentityOutside) {
  for_each_case([](const SplineCase& test) {
    std::vector<Values> inputs = drawn(test, 1, 7);
    for (size_t i = 0; i < inputs[0].size(); ++i) inputs[0][i] = i % 2 == 0 ? 1.75 : -1e4;
    const Values result = computed(test, inputs);
    const auto columns = static_cast<size_t>(test.width());
    for (size_t row = 0; row < inputs[0].size(); ++row) {
      for (size_t col = 0; col < columns; ++col) {
        const bool by_x = inputs.size() == 3 && col + 1 == columns;
        const double expected = by_x ? inputs[2][2 * row] : inputs.size() == 2 && col == 0 ? inputs[0][row] : 0.0;
        EXPECT_EQ(result[row * columns + col], expected);
      }
    }
  });
}

TEST_P(SplineKernels, StayFiniteWhereParametersSaturate) {
  for_each_case([](const SplineCase& test) {
    for (const double scale : {30.0, 1e3}) {
      std::vector<Values> inputs = drawn(test, scale, 9);
      std::mt19937_64 random(11);
      std::uniform_real_distribution<float> inside(-1.5f, 1.5f);
      for (double& x : inputs[0]) x = static_cast<double>(inside(random));
      inputs[0][0] = 1.5;
      if (inputs.size() == 3) std::fill(inputs[2].begin(), inputs[2].end(), 1.0);
      for (const double value : computed(test, inputs)) EXPECT_TRUE(std::isfinite(value));
    }
  });
}

ELBO_FOR_EVERY_TARGET(SplineKernels);

}  // namespace
}  // namespace elbo::cpu
