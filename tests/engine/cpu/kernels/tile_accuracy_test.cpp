// Every mathematical kernel against <cmath> in double over all magnitudes, with the bounds of tile_kernels.h.
#include <functional>
#include <vector>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Case {
  const char* name;
  double max_ulp;
  std::function<double(double)> exact;
};

double exact_softplus(double x) {
  return (x < 0.0 ? 0.0 : x) + std::log1p(std::exp(-std::abs(x)));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"neg", 0.0, [](double x) { return -x; }},
      {"abs", 0.0, [](double x) { return std::abs(x); }},
      {"sign", 0.0, [](double x) { return std::isnan(x) ? x : double(x > 0.0) - double(x < 0.0); }},
      {"exp", 2.0, [](double x) { return std::exp(x); }},
      {"log", 2.0, [](double x) { return std::log(x); }},
      {"log1p", 2.0, [](double x) { return std::log1p(x); }},
      {"expm1", 2.0, [](double x) { return std::expm1(x); }},
      {"tanh", 3.0, [](double x) { return std::tanh(x); }},
      {"sigmoid", 3.0,
       [](double x) { return x < 0.0 ? std::exp(x) / (1.0 + std::exp(x)) : 1.0 / (1.0 + std::exp(-x)); }},
      {"softplus", 2.0, exact_softplus},
      {"log_sigmoid", 2.0, [](double x) { return -exact_softplus(-x); }},
      {"relu", 0.0, [](double x) { return x < 0.0 ? 0.0 : x; }},
      {"leaky_relu", 0.5, [](double x) { return x < 0.0 ? x * double{0.3f} : x; }},
      {"elu", 3.0, [](double x) { return x < 0.0 ? std::expm1(x) * double{0.3f} : x; }},
      {"sqrt", 0.5, [](double x) { return std::sqrt(x); }},
      {"rsqrt", 1.5, [](double x) { return 1.0 / std::sqrt(x); }},
      {"square", 0.5, [](double x) { return x * x; }},
      {"reciprocal", 0.5, [](double x) { return 1.0 / x; }},
      {"sin", 2.0, [](double x) { return std::sin(x); }},
      {"cos", 2.0, [](double x) { return std::cos(x); }},
      {"erf", 3.0, [](double x) { return std::erf(x); }},
      {"floor", 0.0, [](double x) { return std::floor(x); }},
      {"is_finite", 0.0, [](double x) { return std::isfinite(x) ? 1.0 : 0.0; }},
      {"copy", 0.0, [](double x) { return x; }},
  };
  return all;
}

// Every 40009th bit pattern (a prime), the middle range more densely, and the edges.
const std::vector<float>& inputs() {
  static const std::vector<float> all = [] {
    std::vector<float> x;
    for (uint64_t bits = 0; bits <= 0xffffffffu; bits += 40009) x.push_back(std::bit_cast<float>(uint32_t(bits)));
    for (uint32_t bits = 0x3d000000; bits < 0x42c00000; bits += 2503) {
      x.push_back(std::bit_cast<float>(bits));
      x.push_back(-std::bit_cast<float>(bits));
    }
    constexpr float kInf = std::numeric_limits<float>::infinity();
    for (const float edge :
         {0.0f, 1.0f, kInf, 1e-45f, 1.17549435e-38f, 3.4028235e38f, 88.722839f, 88.722832f, 103.97f, 87.34f, 0.5f,
          0.75f, 1.5f, 0.99999994f, 1.0000001f, 18.0f, 1048576.0f, 1048577.0f, 1e30f}) {
      x.push_back(edge);
      x.push_back(-edge);
    }
    x.push_back(std::numeric_limits<float>::quiet_NaN());
    x.push_back(-std::numeric_limits<float>::quiet_NaN());
    return x;
  }();
  return all;
}

std::vector<float> apply(const char* name, const std::vector<float>& x, float alpha = 0.0f) {
  std::vector<float> y(x.size());
  elementwise_kernel(name)({.dst = y.data(),
                            .src = {{{.data = x.data()}}},
                            .outer = 1,
                            .inner = static_cast<int64_t>(x.size()),
                            .alpha = alpha});
  return y;
}

class TileAccuracy : public EveryTarget {};
ELBO_FOR_EVERY_TARGET(TileAccuracy);

TEST_P(TileAccuracy, UnaryKernelsKeepTheirBounds) {
  const std::vector<float>& x = inputs();
  for (const Case& c : cases()) {
    const std::vector<float> y = apply(c.name, x, 0.3f);
    int shown = 0;
    for (size_t i = 0; i < x.size() && shown < 3; ++i) {
      const double exact = c.exact(x[i]);
      const float rounded = static_cast<float>(exact);
      const bool special = !std::isfinite(rounded) || !std::isfinite(y[i]);
      const bool right = special ? (std::isnan(rounded) ? std::isnan(y[i]) : y[i] == rounded)
                                 : std::abs(y[i] - exact) <= c.max_ulp * ulp_at(exact) * (1.0 + 1e-9);
      if (!right) {
        ADD_FAILURE() << c.name << "(" << x[i] << ") = " << y[i] << ", exact " << exact << ", off by "
                      << std::abs(y[i] - exact) / ulp_at(exact) << " ULP of " << c.max_ulp;
        ++shown;
      }
    }
  }
}

TEST_P(TileAccuracy, GeluKeepsItsTail) {
  const std::vector<float>& x = inputs();
  const std::vector<float> y = apply("gelu", x);
  const bool fused = GetParam() != HWY_SCALAR && GetParam() != HWY_SSE4;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) {
      EXPECT_TRUE(std::isnan(y[i]));
      continue;
    }
    if (std::isinf(x[i])) {
      EXPECT_EQ(y[i], x[i] > 0.0f ? x[i] : 0.0f);
      continue;
    }
    const double exact = 0.5 * x[i] * std::erfc(-double{x[i]} * std::sqrt(0.5));
    const double error = std::abs(y[i] - exact);
    const double small = x[i] < 0.0f ? 6e-8 : std::numeric_limits<double>::infinity();
    double relative = std::numeric_limits<double>::infinity();  // below -12.5 the result becomes subnormal
    if (x[i] >= -12.5f) relative = fused ? 7e-7 : 5e-6;
    if (x[i] >= -4.0f) relative = (fused ? 5.0 : 8.0) * ulp_at(exact) / std::max(std::abs(exact), 0x1p-149);
    ASSERT_LE(error, std::min(small, relative * std::max(std::abs(exact), 0x1p-149))) << x[i];
  }
}

TEST_P(TileAccuracy, PowFollowsCmath) {
  std::vector<float> x, y;
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const float base : {0.0f, -0.0f, 1.0f, -1.0f, 2.0f, -8.0f, 0.3f, 1e30f, kInf, -kInf, float(kNan)}) {
    for (const float exponent : {0.0f, 1.0f, -1.0f, 2.0f, 3.0f, 0.5f, -2.5f, 40.0f, kInf, -kInf, float(kNan)}) {
      x.push_back(base);
      y.push_back(exponent);
    }
  }
  std::vector<float> z(x.size());
  elementwise_kernel("pow")({.dst = z.data(),
                             .src = {{{.data = x.data()}, {.data = y.data()}}},
                             .outer = 1,
                             .inner = static_cast<int64_t>(x.size())});
  for (size_t i = 0; i < x.size(); ++i) {
    const float expected = std::pow(x[i], y[i]);
    EXPECT_TRUE(z[i] == expected || (std::isnan(z[i]) && std::isnan(expected))) << x[i] << " " << y[i] << " " << z[i];
  }
}

TEST_P(TileAccuracy, ComparisonsAndExtremaKnowNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{1.0f, 2.0f, 2.0f, nan, 1.0f, nan, -0.0f};
  const std::vector<float> y{2.0f, 1.0f, 2.0f, 1.0f, nan, nan, 0.0f};
  const auto run = [&](const char* name) {
    std::vector<float> z(x.size());
    elementwise_kernel(name)({.dst = z.data(),
                              .src = {{{.data = x.data()}, {.data = y.data()}}},
                              .outer = 1,
                              .inner = static_cast<int64_t>(x.size())});
    return z;
  };
  EXPECT_EQ(run("less"), (std::vector<float>{1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(run("less_equal"), (std::vector<float>{1, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(run("equal"), (std::vector<float>{0, 0, 1, 0, 0, 0, 1}));
  const std::vector<float> smaller = run("min"), larger = run("max");
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) {
      EXPECT_TRUE(std::isnan(smaller[i]) && std::isnan(larger[i])) << i;
    } else {
      EXPECT_EQ(smaller[i], std::min(x[i], y[i]));
      EXPECT_EQ(larger[i], std::max(x[i], y[i]));
    }
  }
}

TEST(TileKernels, UnknownNamesHaveNoKernel) {
  EXPECT_EQ(elementwise_kernel("tan"), nullptr);
  EXPECT_EQ(elementwise_kernel(""), nullptr);
  EXPECT_EQ(reduction_kernel("sum"), nullptr);
}

}  // namespace
}  // namespace elbo::cpu
