// Draws: what a random number of a graph is, one at a time and in double precision.
//
// Element (row, col) of a draw is word col % 4 of the Philox block whose counter is {low(row), high(row), col / 4,
// step} and whose key is random_key(seed, stream, step): it depends on nothing else.  Uniforms lie in the open interval
// (0, 1).  Normals come from Box-Muller on the word pairs (0, 1) and (2, 3): even words give sqrt(-2 ln u0)
// cos(2 pi u1), odd words the sine.
//
//   const double u = uniform_draw({.seed = 1, .stream = 3, .step = 7}, row, col);
#pragma once

#include <array>
#include <cstdint>

namespace elbo {

struct DrawStream {
  uint64_t seed = 0;
  uint64_t stream = 0;
  uint64_t step = 0;  // low 32 bits enter the counter, high 32 bits the key
};

// The two key words: seed, then stream, then the high 32 bits of step are each folded in by exclusive or and mixed by
// SplitMix64's output function, so that neighbouring seeds and streams share nothing.
std::array<uint32_t, 2> random_key(const DrawStream& from);

double uniform_draw(const DrawStream& from, int64_t row, int64_t col);
double normal_draw(const DrawStream& from, int64_t row, int64_t col);

}  // namespace elbo
