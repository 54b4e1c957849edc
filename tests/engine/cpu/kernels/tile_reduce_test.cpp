#include <array>
#include <memory>
#include <vector>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

class TileReduce : public EveryTarget {};
ELBO_FOR_EVERY_TARGET(TileReduce);

struct Layout {
  int64_t gap;  // stride beyond inner; -1 repeats one row
  bool inner_scalar;
};

TEST_P(TileReduce, EveryReductionAgreesWithDouble) {
  const std::array<Layout, 4> layouts{{{0, false}, {3, false}, {-1, false}, {0, true}}};
  for (const char* name : {"sum_inner", "max_inner", "dot_inner", "sum_outer", "max_outer", "dot_outer"}) {
    const std::string_view kind(name, 3);
    const bool over_inner = std::string_view(name).ends_with("inner");
    for (const int64_t outer : {0, 1, 2, 4, 5, 7, 33}) {
      for (const int64_t inner : {0, 1, 2, 7, 16, 17, 33, 64, 150}) {
        for (const Layout first : layouts) {
          for (const Layout second : layouts) {
            if (kind != "dot" && second.gap != 0) continue;
            std::array<std::unique_ptr<GuardedFloats>, 2> values;
            TileArgs args{.outer = outer, .inner = inner};
            for (size_t k = 0; k < 2; ++k) {
              const Layout layout = k == 0 ? first : second;
              const int64_t stride = layout.inner_scalar ? 1 : layout.gap < 0 ? 0 : inner + layout.gap;
              const bool none = outer == 0 || inner == 0;
              const int64_t count = none ? 0 : (outer - 1) * stride + (layout.inner_scalar ? 1 : inner);
              values[k] = std::make_unique<GuardedFloats>(static_cast<size_t>(count));
              for (size_t i = 0; i < values[k]->size(); ++i) (*values[k])[i] = sample_value(i + 500 * k);
              args.src[k] = {.data = values[k]->data(), .stride = stride, .inner_scalar = layout.inner_scalar};
            }
            const int64_t results = over_inner ? outer : inner;
            const int64_t step = over_inner ? 2 : 1;
            args.dst_stride = over_inner ? step : 0;
            GuardedFloats dst(static_cast<size_t>(results == 0 ? 0 : (results - 1) * step + 1), -77.0f);
            args.dst = dst.data();
            reduction_kernel(name)(args);

            for (int64_t r = 0; r < results; ++r) {
              const int64_t terms = over_inner ? inner : outer;
              double total = kind == "max" ? -std::numeric_limits<double>::infinity() : 0.0;
              double magnitude = 0.0;
              for (int64_t t = 0; t < terms; ++t) {
                const int64_t i = over_inner ? r : t, j = over_inner ? t : r;
                double x = 1.0;
                for (size_t k = 0; k < (kind == "dot" ? 2u : 1u); ++k) {
                  x *= args.src[k].data[i * args.src[k].stride + (args.src[k].inner_scalar ? 0 : j)];
                }
                total = kind == "max" ? std::max(total, x) : total + x;
                magnitude += std::abs(x);
              }
              const float value = dst[static_cast<size_t>(r * step)];
              if (kind == "max" || terms == 0) {
                ASSERT_EQ(value, static_cast<float>(total)) << name << " " << outer << "x" << inner << " at " << r;
              } else {
                ASSERT_NEAR(value, total, 0x1p-24 * static_cast<double>(terms + 2) * magnitude)
                    << name << " " << outer << "x" << inner << " at " << r;
              }
              if (r + 1 < results && step == 2) {
                ASSERT_EQ(dst[static_cast<size_t>(r * step + 1)], -77.0f);
              }
            }
          }
        }
      }
    }
  }
}

TEST_P(TileReduce, MaximumFindsNanAnywhere) {
  constexpr int64_t kOuter = 5, kInner = 37;
  for (int64_t at = 0; at < kOuter * kInner; ++at) {
    std::vector<float> x(kOuter * kInner, 1.0f);
    x[static_cast<size_t>(at)] = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> by_row(kOuter), by_column(kInner);
    TileArgs args{.dst = by_row.data(), .dst_stride = 1, .outer = kOuter, .inner = kInner};
    args.src[0] = {.data = x.data(), .stride = kInner};
    reduction_kernel("max_inner")(args);
    args.dst = by_column.data();
    reduction_kernel("max_outer")(args);
    for (int64_t i = 0; i < kOuter; ++i) ASSERT_EQ(std::isnan(by_row[static_cast<size_t>(i)]), i == at / kInner) << at;
    for (int64_t j = 0; j < kInner; ++j) {
      ASSERT_EQ(std::isnan(by_column[static_cast<size_t>(j)]), j == at % kInner) << at;
    }
  }
}

TEST_P(TileReduce, ARowsSumDoesNotDependOnItsNeighbours) {
  constexpr int64_t kOuter = 7, kInner = 83;
  GuardedFloats x(kOuter * kInner), together(kOuter), alone(kOuter);
  for (size_t i = 0; i < x.size(); ++i) x[i] = sample_value(i);
  for (const char* name : {"sum_inner", "dot_inner"}) {
    TileArgs args{.dst = together.data(), .dst_stride = 1, .outer = kOuter, .inner = kInner};
    args.src[0] = args.src[1] = {.data = x.data(), .stride = kInner};
    reduction_kernel(name)(args);
    for (int64_t i = 0; i < kOuter; ++i) {
      args.dst = alone.data() + i;
      args.outer = 1;
      args.src[0].data = args.src[1].data = x.data() + i * kInner;
      reduction_kernel(name)(args);
    }
    EXPECT_TRUE(std::equal(together.begin(), together.end(), alone.begin())) << name;
  }
}

}  // namespace
}  // namespace elbo::cpu
