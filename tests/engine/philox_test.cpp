#include "elbo/engine/philox.h"

#include <cmath>
#include <gtest/gtest.h>

namespace elbo {
namespace {

using Counter = Philox4x32::Counter;

// The known answers that the authors' Random123 publishes for ten rounds.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(Philox4x32::block({0, 0, 0, 0}, {0, 0}), (Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32::block({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox4x32::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, WorksAtCompileTime) {
  static_assert(Philox4x32::block({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);
  static_assert(Philox4x32::key(0x0123456789abcdefu) == Philox4x32::Key{0x89abcdef, 0x01234567});
}

TEST(Philox, UniformStaysInsideTheOpenInterval) {
  EXPECT_GT(Philox4x32::uniform(0), 0.0f);
  EXPECT_LT(Philox4x32::uniform(~0u), 1.0f);
  EXPECT_EQ(Philox4x32::uniform(0), 0x1p-24f);
  EXPECT_EQ(Philox4x32::uniform(~0u), 1.0f - 0x1p-24f);
  EXPECT_EQ(Philox4x32::uniform(0x80000000u), 0.5f + 0x1p-24f);
}

TEST(Philox, UniformHasTheMomentsOfAUniform) {
  double sum = 0;
  double sum_of_squares = 0;
  const uint32_t blocks = 50000;
  for (uint32_t i = 0; i < blocks; ++i) {
    for (const uint32_t bits : Philox4x32::block({i, 0, 0, 0}, Philox4x32::key(7))) {
      const double u = Philox4x32::uniform(bits);
      sum += u;
      sum_of_squares += u * u;
    }
  }
  const double count = 4.0 * blocks;
  // Four standard errors: sd of u is sqrt(1/12), sd of u^2 is sqrt(4/45).
  EXPECT_NEAR(sum / count, 0.5, 4 * 0.2887 / std::sqrt(count));
  EXPECT_NEAR(sum_of_squares / count, 1.0 / 3, 4 * 0.2981 / std::sqrt(count));
}

}  // namespace
}  // namespace elbo
