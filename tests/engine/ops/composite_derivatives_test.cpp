// Functions of ops.h that are compositions, the forms with a number, and primitives at settings that the table's test
// leaves out: first and second derivatives against differences.
#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::DerivativeCase;

const TestDomain kPositive{.low = 0.3, .high = 3};
const TestDomain kNegative{.low = -3, .high = -0.3};

class Composite : public ::testing::TestWithParam<DerivativeCase> {};

TEST_P(Composite, DerivativesAgreeWithDifferences) {
  for (unsigned seed = 1; seed <= 3; ++seed) testing_ops::check_derivatives(GetParam(), seed);
}

// The composition's name is `what`; letters, digits and underscores.
const std::vector<DerivativeCase> kCases = {
    {"mean_all", {{3, 4}}, [](const Tensors& x) { return mean(x[0]); }},
    {"mean_rows", {{3, 4}}, [](const Tensors& x) { return mean(x[0], {.axes = {0}}); }},
    {"mean_of_scalar", {{}}, [](const Tensors& x) { return mean(x[0]); }},
    {"sum_keeps_axes",
     {{2, 3, 2}},
     [](const Tensors& x) {
       return sum(x[0], {.axes = {-1, 0}, .keep = true});
     }},
    {"reduce_max_cols", {{3, 4}}, [](const Tensors& x) { return reduce_max(square(x[0]), {.axes = {1}}); }},
    {"reduce_min_all", {{3, 4}}, [](const Tensors& x) { return reduce_min(x[0]); }},
    {"reduce_min_rows",
     {{2, 3, 2}},
     [](const Tensors& x) {
       return reduce_min(exp(x[0]), {.axes = {0, 2}});
     }},
    {"log_sum_exp_all", {{2, 3}}, [](const Tensors& x) { return log_sum_exp(x[0]); }},
    {"log_sum_exp_cols", {{3, 4}}, [](const Tensors& x) { return log_sum_exp(x[0], {.axes = {1}, .keep = true}); }},
    {"log_sum_exp_rows", {{2, 3, 2}}, [](const Tensors& x) { return log_sum_exp(x[0], {.axes = {0}}); }},
    {"log_sum_exp_of_one", {{3, 1}}, [](const Tensors& x) { return log_sum_exp(x[0], {.axes = {1}}); }},
    {"log_sum_exp_of_large",
     {{3, 4}},
     [](const Tensors& x) { return log_sum_exp(x[0], {.axes = {1}}); },
     {.low = 900, .high = 903}},
    {"log_mean_exp_all", {{2, 3}}, [](const Tensors& x) { return log_mean_exp(x[0]); }},
    {"log_mean_exp_cols", {{3, 4}}, [](const Tensors& x) { return log_mean_exp(x[0], {.axes = {-1}}); }},
    {"clamp", {{4, 5}}, [](const Tensors& x) { return clamp(x[0], -1, 0.5); }, {.kinks = {-1, 0.5}}},
    {"clamp_inside", {{2, 3, 2}}, [](const Tensors& x) { return square(clamp(x[0], -3, 3)); }},
    {"dot", {{3, 4}, {3, 4}}, [](const Tensors& x) { return dot(x[0], x[1]); }},
    {"dot_broadcast", {{2, 3, 4}, {1, 4}}, [](const Tensors& x) { return dot(x[0], x[1]); }},
    {"dot_with_itself", {{4}}, [](const Tensors& x) { return dot(x[0], x[0]); }},
    {"sum_to_row", {{3, 4}}, [](const Tensors& x) { return sum_to(square(x[0]), {4}); }},
    {"sum_to_column",
     {{2, 3, 4}},
     [](const Tensors& x) {
       return sum_to(x[0], {3, 1});
     }},
    {"sum_to_scalar", {{2, 3}}, [](const Tensors& x) { return sum_to(x[0], {}); }},
    {"sum_to_same",
     {{2, 3}},
     [](const Tensors& x) {
       return sum_to(x[0], {2, 3});
     }},
    {"repeat_rows", {{3, 2}}, [](const Tensors& x) { return square(repeat_rows(x[0], 4)); }},
    {"repeat_rows_of_vector", {{3}}, [](const Tensors& x) { return repeat_rows(x[0], 2); }},
    {"split",
     {{2, 6}},
     [](const Tensors& x) {
       const auto parts = split(x[0], {1, 2, 3}, 1);
       return parts[0] * sum(parts[1], {.axes = {1}, .keep = true}) + tanh(parts[2]);
     }},
    {"pow_square", {{3, 4}}, [](const Tensors& x) { return pow(x[0], 2.0); }},
    {"pow_cube_of_negative", {{3, 4}}, [](const Tensors& x) { return pow(x[0], 3.0); }, kNegative},
    {"pow_reciprocal_of_negative", {{3, 4}}, [](const Tensors& x) { return pow(x[0], -1.0); }, kNegative},
    {"pow_half", {{5}}, [](const Tensors& x) { return pow(x[0], 0.5); }, kPositive},
    {"pow_one", {{5}}, [](const Tensors& x) { return pow(x[0], 1.0); }},
    {"pow_zero", {{5}}, [](const Tensors& x) { return pow(x[0], 0.0); }},
    {"pow_of_column", {{3, 1}, {1, 4}}, [](const Tensors& x) { return pow(x[0], x[1]); }, kPositive},
    {"pow_number_to_tensor", {{4}}, [](const Tensors& x) { return pow(x[0].graph().constant(2.5), x[0]); }},
    {"leaky_relu", {{3, 4}}, [](const Tensors& x) { return leaky_relu(x[0], 0.2); }, {.kinks = {0}}},
    {"leaky_relu_as_given", {{3, 4}}, [](const Tensors& x) { return leaky_relu(x[0]); }, {.kinks = {0}}},
    {"elu", {{3, 4}}, [](const Tensors& x) { return elu(x[0]); }, {.kinks = {0}}},
    {"elu_of_slope_2", {{3, 4}}, [](const Tensors& x) { return elu(x[0], 2.0); }, {.kinks = {0}}},
    {"gelu_far", {{3, 4}}, [](const Tensors& x) { return gelu(x[0]); }, {.low = -8, .high = 8}},
    {"softplus_far", {{3, 4}}, [](const Tensors& x) { return softplus(x[0]); }, {.low = -30, .high = 30}},
    {"log_sigmoid_far", {{3, 4}}, [](const Tensors& x) { return log_sigmoid(x[0]); }, {.low = -30, .high = 30}},
    {"sigmoid_far", {{3, 4}}, [](const Tensors& x) { return sigmoid(x[0]); }, {.low = -10, .high = 10}},
    {"div_of_negatives", {{3, 4}, {4}}, [](const Tensors& x) { return x[0] / x[1]; }, kNegative},
    {"reciprocal_of_negative", {{3, 4}}, [](const Tensors& x) { return reciprocal(x[0]); }, kNegative},
    {"rsqrt_small", {{5}}, [](const Tensors& x) { return rsqrt(x[0]); }, {.low = 0.05, .high = 0.2}},
    {"numbers_after", {{3}}, [](const Tensors& x) { return ((x[0] + 2.0) * 3.0 - 4.0) / 5.0; }},
    {"numbers_before",
     {{3}},
     [](const Tensors& x) { return 5.0 / (4.0 - 3.0 * (0.1 + x[0])); },
     {.low = -2, .high = 0.5}},
    {"select_both_branches",
     {{4, 5}, {5}, {4, 1}},
     [](const Tensors& x) { return select(less(x[0], 0.3), square(x[1]), exp(x[2])); },
     {.kinks = {0.3}}},
    {"select_numbers",
     {{4, 5}},
     [](const Tensors& x) { return select(less_equal(x[0], 0.3), x[0], 0.7) + select(less(0.1, x[0]), 2.0, x[0]); },
     {.kinks = {0.3, 0.1}}},
    {"minimum_of_number",
     {{4, 5}},
     [](const Tensors& x) { return minimum(square(x[0]), 1.2); },
     {.kinks = {-1.0954, 1.0954}}},
    {"maximum_of_number", {{4, 5}}, [](const Tensors& x) { return maximum(x[0], 0.4); }, {.kinks = {0.4}}},
    {"matmul_shared_weights", {{2, 3, 4}, {4, 5}}, [](const Tensors& x) { return matmul(x[0], x[1]); }},
    {"matmul_shared_transposed_weights",
     {{2, 1, 3, 4}, {5, 4}},
     [](const Tensors& x) { return matmul(x[0], x[1], {.transpose_b = true}); }},
    {"matmul_transposed_batch",
     {{2, 4, 3}, {4, 5}},
     [](const Tensors& x) { return matmul(x[0], x[1], {.transpose_a = true}); }},
    {"matmul_with_itself", {{3, 3}}, [](const Tensors& x) { return matmul(x[0], x[0], {.transpose_b = true}); }},
    {"planar_layer",
     {{4, 3}, {1, 3}, {1, 3}, {}},
     [](const Tensors& x) {
       const Tensor h = tanh(dot(x[0], x[1]) + x[3]);
       return concat({x[0] + x[2] * h, log(abs(1 + (1 - square(h)) * dot(x[2], x[1])))}, -1);
     },
     {.low = -0.5, .high = 0.5}},
    {"deep_mlp",
     {{3, 4}, {5, 4}, {5}, {2, 5}},
     [](const Tensors& x) {
       const Tensor h = gelu(matmul(x[0], x[1], {.transpose_b = true}) + x[2]);
       return log_sum_exp(matmul(h, x[3], {.transpose_b = true}), {.axes = {-1}});
     }},
};

INSTANTIATE_TEST_SUITE_P(Functions, Composite, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.what; });

// d^n/dx^n x^2 at 0 is 2 at n = 2 and 0 above: the power's own slope must not become 0 * inf.
TEST(PowerAtZero, HasHigherDerivatives) {
  const auto derivatives = testing_ops::evaluate({testing_ops::reals({}, {0})}, [](const Tensors& x) {
    Tensors orders = {pow(x[0], 2.0)};
    for (int n = 1; n <= 4; ++n) orders.push_back(gradients(orders.back(), x)[0]);
    for (Tensor& order : orders) order = reshape(order, {1});
    return concat(orders, 0);
  });
  testing_ops::expect_values(testing_ops::to_vector(derivatives), {0, 0, 2, 0, 0});
}

}  // namespace
}  // namespace elbo
