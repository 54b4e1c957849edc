// The stated derivative where an operation has a kink, a tie or an edge.
#include <limits>

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::evaluate;
using testing_ops::reals;
using testing_ops::slope;
using testing_ops::to_vector;
using Values = std::vector<double>;

// Gradients of sum(f(a, b)) by a and then by b.
Values slopes(const Values& a, const Values& b, Tensor (*function)(Tensor, Tensor)) {
  const Shape shape{static_cast<int64_t>(a.size())};
  return to_vector(evaluate({reals(shape, a), reals(shape, b)},
                            [&](const Tensors& x) { return concat(gradients(sum(function(x[0], x[1])), x), 0); }));
}

TEST(Kinks, OfOneInput) {
  EXPECT_EQ(slope({-1, 0, 1}, [](const Tensors& x) { return relu(x[0]); }), (Values{0, 0, 1}));
  EXPECT_EQ(slope({-1, 0, 1}, [](const Tensors& x) { return abs(x[0]); }), (Values{-1, 0, 1}));
  EXPECT_EQ(slope({-1, 0, 1}, [](const Tensors& x) { return sign(x[0]); }), (Values{0, 0, 0}));
  EXPECT_EQ(slope({-1, 0, 1}, [](const Tensors& x) { return leaky_relu(x[0], 0.25); }), (Values{0.25, 0.25, 1}));
  EXPECT_EQ(slope({0, 1}, [](const Tensors& x) { return elu(x[0], 0.5); }), (Values{0.5, 1}));
  EXPECT_EQ(slope({-1, 0, 0.5, 2}, [](const Tensors& x) { return floor(x[0]); }), (Values{0, 0, 0, 0}));
  EXPECT_EQ(slope({-1, 0, 2}, [](const Tensors& x) { return is_finite(x[0]); }), (Values{0, 0, 0}));
}

TEST(Kinks, SquareRootIsSteepAtZero) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(slope({0, 4}, [](const Tensors& x) { return sqrt(x[0]); }), (Values{inf, 0.25}));
}

TEST(Kinks, ClampPassesTheGradientAtItsEdges) {
  EXPECT_EQ(slope({-2, -1, 0, 1, 2}, [](const Tensors& x) { return clamp(x[0], -1, 1); }), (Values{0, 1, 1, 1, 0}));
}

TEST(Ties, OfTwoInputsGoToTheFirst) {
  EXPECT_EQ(slopes({1, 2, 3}, {2, 2, 2}, minimum), (Values{1, 1, 0, 0, 0, 1}));
  EXPECT_EQ(slopes({1, 2, 3}, {2, 2, 2}, maximum), (Values{0, 1, 1, 1, 0, 0}));
}

TEST(Ties, OfAReductionShareTheGradient) {
  EXPECT_EQ(slope({3, 1, 3, 3, 2, 3}, [](const Tensors& x) { return reduce_max(x[0]); }),
            (Values{0.25, 0, 0.25, 0.25, 0, 0.25}));
  EXPECT_EQ(slope({3, 1, 3, 1}, [](const Tensors& x) { return reduce_min(x[0]); }), (Values{0, 0.5, 0, 0.5}));
  EXPECT_EQ(slope({1, 5, 5, 2},
                  [](const Tensors& x) {
                    return reduce_max(reshape(x[0], {2, 2}), {.axes = {1}});
                  }),
            (Values{0, 1, 1, 0}));
}

TEST(Ties, ComparisonsHaveNoSlope) {
  for (auto* function :
       {static_cast<Tensor (*)(Tensor, Tensor)>(less), static_cast<Tensor (*)(Tensor, Tensor)>(less_equal), equal}) {
    EXPECT_EQ(slopes({1, 2, 3}, {2, 2, 2}, function), Values(6, 0.0));
  }
}

TEST(Power, AtEdges) {
  const auto power = static_cast<Tensor (*)(Tensor, Tensor)>(pow);
  // By the base x: y x^(y-1), and 0 where the power is the constant 1.  By the exponent: x^y ln x, and 0 where the base
  // is not positive.
  testing_ops::expect_values(slopes({0, 0, 0, -2, 2}, {0, 1, 2, 3, 0}, power),
                             {0, 1, 0, 12, 0, 0, 0, 0, 0, std::log(2.0)});
  EXPECT_EQ(slopes({0}, {-1}, power)[1], 0.0);
  EXPECT_EQ(slope({-1, 0, 3}, [](const Tensors& x) { return pow(x[0], 0.0); }), (Values{0, 0, 0}));
  EXPECT_EQ(slope({-1, 0, 3}, [](const Tensors& x) { return pow(x[0], 1.0); }), (Values{1, 1, 1}));
}

// The exponential of the other branch overflows: it must not reach the second derivative as 0 * inf.
TEST(Elu, IsAStraightLineFarAbove) {
  EXPECT_EQ(slope({1000}, [](const Tensors& x) { return elu(x[0]); }), Values{1});
  EXPECT_EQ(slope({1000}, [](const Tensors& x) { return gradients(sum(elu(x[0])), x)[0]; }), Values{0});
}

TEST(Select, GivesTheGradientToTheBranchTaken) {
  // The branch not taken must not poison the gradient: 0 * inf.
  const auto guarded = [](const Tensors& x) {
    const Tensor positive = less(0, x[0]);
    return select(positive, log(select(positive, x[0], 1.0)), 0.0);
  };
  EXPECT_EQ(slope({-1, 0, 4}, guarded), (Values{0, 0, 0.25}));
}

}  // namespace
}  // namespace elbo
