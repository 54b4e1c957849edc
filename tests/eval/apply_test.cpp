#include "elbo/eval/apply.h"

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

}  // namespace
}  // namespace elbo::eval
