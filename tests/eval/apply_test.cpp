#include "elbo/eval/apply.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/settings/error.h"
#include "tests/models/built.h"

namespace elbo::eval {
namespace {

// A scale of e^100 is beyond f32, and so is what it makes of a draw.
TEST(FlowSamples, AreNeverSilentlyInfinite) {
  const nn::Parameters parameters{{.seed = 1}};
  const models::DensityModel density = testing_support::built_density(3, {"flow=affine"}, parameters);
  const Array fine = draw_samples(density, {.rows = 5, .threads = 1});
  for (const float value : fine.values<float>()) EXPECT_TRUE(std::isfinite(value));
  parameters.find("flow.log_scale")->value.values<float>()[1] = 100;
  try {
    draw_samples(density, {.rows = 5, .threads = 1});
    ADD_FAILURE();
  } catch (const NumericalError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("sample 1, column 2 is "));
    EXPECT_THAT(error.what(), testing::HasSubstr("beyond 32-bit numbers"));
  }
}

// e^88 times a draw is beyond f32 from 2.1 deviations on: of a hundred draws a few are lost, and the others stay.
TEST(FlowSamples, ThatAreLostDoNotTakeTheOthersWithThem) {
  const nn::Parameters parameters{{.seed = 1}};
  const models::DensityModel density = testing_support::built_density(2, {"flow=affine"}, parameters);
  parameters.find("flow.log_scale")->value.values<float>()[1] = 88;
  std::vector<int64_t> lost;
  const Array kept = draw_samples(density, {.rows = 200, .threads = 1}, &lost);
  EXPECT_GT(lost.size(), 0u);
  EXPECT_LT(lost.size(), 40u);
  EXPECT_EQ(kept.shape()[0], 200 - static_cast<int64_t>(lost.size()));
  for (const float value : kept.values<float>()) EXPECT_TRUE(std::isfinite(value));
  EXPECT_TRUE(std::is_sorted(lost.begin(), lost.end()));
}

}  // namespace
}  // namespace elbo::eval
