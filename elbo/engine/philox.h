// Philox4x32-10: random bits as a pure function of a counter and a key.
//
//   const auto bits = Philox4x32::block({row, column, step, stream}, Philox4x32::key(seed));
//   const float u = Philox4x32::uniform(bits[0]);    // in the open interval (0, 1)
//
// Nothing is carried from draw to draw, so a draw depends only on what is put into counter and key: never on threads,
// tiles or the order of the work.  Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
#pragma once

#include <array>
#include <cstdint>

namespace elbo {

struct Philox4x32 {
  using Counter = std::array<uint32_t, 4>;
  using Key = std::array<uint32_t, 2>;

  static constexpr int kRounds = 10;
  // The two multipliers and the two Weyl constants (golden ratio, sqrt(3) - 1) of the paper.
  static constexpr uint32_t kMultiplier0 = 0xD2511F53u;
  static constexpr uint32_t kMultiplier1 = 0xCD9E8D57u;
  static constexpr uint32_t kWeyl0 = 0x9E3779B9u;
  static constexpr uint32_t kWeyl1 = 0xBB67AE85u;

  static constexpr Key key(uint64_t seed) { return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}; }

  static constexpr Counter block(Counter counter, Key key) {
    for (int round = 0; round < kRounds; ++round) {
      const uint64_t product0 = uint64_t{kMultiplier0} * counter[0];
      const uint64_t product1 = uint64_t{kMultiplier1} * counter[2];
      counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
                 static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
      key[0] += kWeyl0;
      key[1] += kWeyl1;
    }
    return counter;
  }

  // The upper 23 bits as the middle of one of 2^23 equal cells: never 0 and never 1, and exact in f32.  (With 24 bits
  // the topmost cell's middle, 1 - 2^-25, would round to 1.)
  static constexpr float uniform(uint32_t bits) { return (static_cast<float>(bits >> 9) + 0.5f) * 0x1p-23f; }
};

}  // namespace elbo
