// The functions a model is written with.  Those marked (primitive) make one node; the rest are compositions.
//
// Broadcasting follows numpy.  Axes count from the back when negative.  A wrong shape throws ShapeError while the
// graph is built.  Names follow <cmath> and numpy.
#pragma once

#include <string>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo {

// Element-wise, one input (primitive).
Tensor operator-(Tensor x);
Tensor abs(Tensor x);
Tensor sign(Tensor x);
Tensor exp(Tensor x);
Tensor log(Tensor x);
Tensor log1p(Tensor x);
Tensor expm1(Tensor x);
Tensor tanh(Tensor x);
Tensor sigmoid(Tensor x);
Tensor softplus(Tensor x);     // log(1 + e^x)
Tensor log_sigmoid(Tensor x);  // -softplus(-x)
Tensor relu(Tensor x);
Tensor leaky_relu(Tensor x, double slope = 0.01);
Tensor elu(Tensor x, double alpha = 1.0);
Tensor gelu(Tensor x);  // x Phi(x), exact
Tensor sqrt(Tensor x);
Tensor rsqrt(Tensor x);
Tensor square(Tensor x);
Tensor reciprocal(Tensor x);
Tensor sin(Tensor x);
Tensor cos(Tensor x);
Tensor erf(Tensor x);
Tensor floor(Tensor x);
Tensor is_finite(Tensor x);  // 1 or 0

// Element-wise, two inputs (primitive).  Comparisons give 1 or 0.
Tensor operator+(Tensor a, Tensor b);
Tensor operator-(Tensor a, Tensor b);
Tensor operator*(Tensor a, Tensor b);
Tensor operator/(Tensor a, Tensor b);
Tensor pow(Tensor base, Tensor exponent);
Tensor minimum(Tensor a, Tensor b);
Tensor maximum(Tensor a, Tensor b);
Tensor less(Tensor a, Tensor b);
Tensor less_equal(Tensor a, Tensor b);
Tensor equal(Tensor a, Tensor b);

Tensor operator+(Tensor a, double b);
Tensor operator+(double a, Tensor b);
Tensor operator-(Tensor a, double b);
Tensor operator-(double a, Tensor b);
Tensor operator*(Tensor a, double b);
Tensor operator*(double a, Tensor b);
Tensor operator/(Tensor a, double b);
Tensor operator/(double a, Tensor b);
Tensor pow(Tensor base, double exponent);
Tensor minimum(Tensor a, double b);
Tensor maximum(Tensor a, double b);
Tensor less(Tensor a, double b);
Tensor less(double a, Tensor b);
Tensor less_equal(Tensor a, double b);
Tensor less_equal(double a, Tensor b);

Tensor select(Tensor condition, Tensor where_true, Tensor where_false);  // (primitive)
Tensor select(Tensor condition, Tensor where_true, double where_false);
Tensor select(Tensor condition, double where_true, Tensor where_false);
Tensor clamp(Tensor x, double low, double high);

// Reductions.  `keep` leaves the axes with extent 1.
struct Reduce {
  std::vector<int> axes;  // empty: all
  bool keep = false;
};
Tensor sum(Tensor x, const Reduce& reduce = {});
Tensor mean(Tensor x, const Reduce& reduce = {});
Tensor reduce_max(Tensor x, const Reduce& reduce = {});
Tensor reduce_min(Tensor x, const Reduce& reduce = {});
Tensor log_sum_exp(Tensor x, const Reduce& reduce = {});
Tensor log_mean_exp(Tensor x, const Reduce& reduce = {});
// sum(a * b) over the last axis, which stays with extent 1.
Tensor dot(Tensor a, Tensor b);
// Sums what broadcasting stretched, so that the result has `shape`.
Tensor sum_to(Tensor x, const Shape& shape);

// [..., m, k] x [..., k, n] -> [..., m, n] (primitive); leading axes must be equal, or `b` of rank 2.
struct MatmulOptions {
  bool transpose_a = false;  // a is [..., k, m]
  bool transpose_b = false;  // b is [..., n, k], as weights are stored
};
Tensor matmul(Tensor a, Tensor b, const MatmulOptions& options = {});

// Movement (primitive).
Tensor reshape(Tensor x, const Shape& shape);
Tensor broadcast_to(Tensor x, const Shape& shape);
Tensor transpose(Tensor x, const std::vector<int>& permutation);
Tensor transpose(Tensor x);  // the last two axes
struct SliceRange {
  int axis = -1;
  int64_t start = 0;
  int64_t stop = 0;
  int64_t step = 1;
};
Tensor slice(Tensor x, const SliceRange& range);
Tensor concat(const Tensors& parts, int axis);
struct Padding {
  int axis = -1;
  int64_t before = 0;
  int64_t after = 0;
  double value = 0.0;
};
Tensor pad(Tensor x, const Padding& padding);
Tensor reverse(Tensor x, int axis);
// Row r of sample s of the result, r + s * rows, is row r of x: [rows, ...] -> [samples * rows, ...].
Tensor repeat_rows(Tensor x, int64_t samples);
std::vector<Tensor> split(Tensor x, const std::vector<int64_t>& sizes, int axis);

// Indexed (primitive).  Indices are i32 of rank 1; one outside the axis throws when the step runs.
Tensor gather(Tensor x, Tensor indices, int axis);
Tensor scatter_add(Tensor updates, Tensor indices, int axis, int64_t size);
struct CumsumOptions {
  int axis = -1;
  bool exclusive = false;
  bool reverse = false;
};
Tensor cumsum(Tensor x, const CumsumOptions& options);
Tensor one_hot(Tensor indices, int64_t depth);
Tensor to_real(Tensor x);  // u8 or i32 -> f32 (primitive)

// Rational-quadratic spline, Durkan et al. (2019), section 3.1 (primitive): x [..., rows, 1], theta [..., rows,
// parameters] -> [..., rows, 2], y and log dy/dx of the direction taken; the identity outside [-bound, bound].  The
// 3 bins - 1 parameters: logits of the widths, logits of the heights, inner slopes before their softplus; zeros make
// the identity.
struct RationalQuadraticSpline {
  int64_t bins = 8;
  double bound = 5;
  double smallest_bin = 1e-3;  // least width and height of a bin, as a part of the whole; below 1 / bins
  double smallest_slope = 1e-3;
  bool inverse = false;
};
Tensor rational_quadratic_spline(Tensor x, Tensor theta, const RationalQuadraticSpline& options);
// What is wrong with such options, or nothing.
std::string why_not(const RationalQuadraticSpline& options);

// Draws (primitive): uniform in the open (0, 1), standard normal.  Each call has a stream of its own; the draw of a
// row depends on (seed, stream, step, row) alone.
Tensor random_uniform(Graph& graph, const Shape& shape);
Tensor random_normal(Graph& graph, const Shape& shape);

// The count that a uniform draw chooses: Poisson where the dispersion is 0, else negative binomial, with that mean and
// variance mean + dispersion mean² (primitive).  Three tensors of one shape; no gradient passes.
Tensor draw_count(Tensor uniform, Tensor mean, Tensor dispersion);

// The number of the step that runs, {}: what run({.seed = ..., .step = ...}) is given, 0 in the first step of a
// training (primitive).  Exact below 2^24 = 16,777,216 steps; from there on the nearest f32 number (the interpreter's
// f64: below 2^53), which is as good for what grows or decays with the step, as 1 - beta^(step + 1) does.  What counts
// the steps of a period takes step_in_period: step % period, exact however long the run, for periods up to 2^24.
Tensor step_number(Graph& graph);
Tensor step_in_period(Graph& graph, int64_t period);

Tensor stop_gradient(Tensor x);  // (primitive)
Tensor zeros(Graph& graph, const Shape& shape);
Tensor ones(Graph& graph, const Shape& shape);

}  // namespace elbo
