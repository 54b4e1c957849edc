// Random draws that depend on a seed, a purpose, a stream and a row, and on nothing drawn before.
//
//   RowRandom random({.seed = 7, .purpose = Purpose::kGenerate, .stream = 0}, row);
//   random.uniform();  random.normal();  random.below(8);
//   const std::vector<int64_t> order = permutation(60000, {.seed = 7, .purpose = Purpose::kShuffle, .stream = epoch});
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "elbo/engine/philox.h"

namespace elbo::data {

// What the draws are for; each purpose has a key of its own, so that one seed serves all.  Written into no file, but a
// changed value changes every result of a seed.
enum class Purpose : uint32_t { kShuffle = 1, kSplit = 2, kGenerate = 3 };

struct RandomSource {
  uint64_t seed = 0;
  Purpose purpose = Purpose::kShuffle;
  uint32_t stream = 0;

  Philox4x32::Key key() const {
    constexpr uint32_t kData = 0x64617461;  // sets this layer's keys apart from those made of the bare seed
    const auto mixed = Philox4x32::block({static_cast<uint32_t>(purpose), 0, 0, kData}, Philox4x32::key(seed));
    return {mixed[0], mixed[1]};
  }
};

class RowRandom {
 public:
  RowRandom(const RandomSource& source, int64_t row) : RowRandom(source.key(), source.stream, row) {}
  RowRandom(Philox4x32::Key key, uint32_t stream, int64_t row)
      : key_(key),
        counter_{static_cast<uint32_t>(row), static_cast<uint32_t>(static_cast<uint64_t>(row) >> 32), 0, stream} {}

  uint32_t bits() {
    if (used_ == block_.size()) {
      block_ = Philox4x32::block(counter_, key_);
      ++counter_[2];
      used_ = 0;
    }
    return block_[used_++];
  }
  // In the open interval (0, 1), 2^32 equally likely values.
  double uniform() { return (static_cast<double>(bits()) + 0.5) * 0x1p-32; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Standard normal, by Box and Muller; two uniforms a call.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  // A whole number in [0, count), each exactly as likely: the few draws that would favour some are drawn again.
  uint64_t below(uint64_t count) {
    const uint64_t uneven = (0 - count) % count;  // 2^64 mod count
    for (;;) {
      const uint64_t high = bits();
      const uint64_t drawn = high << 32 | bits();
      if (drawn >= uneven) return drawn % count;
    }
  }

 private:
  Philox4x32::Key key_;
  Philox4x32::Counter counter_;
  Philox4x32::Counter block_{};
  size_t used_ = 4;
};

// Shuffles `order` (Fisher and Yates), whatever it held before, to a permutation of 0 .. size-1.
inline void permute(std::span<int64_t> order, const RandomSource& source) {
  std::iota(order.begin(), order.end(), int64_t{0});
  const Philox4x32::Key key = source.key();
  for (size_t i = order.size(); i > 1; --i) {
    RowRandom random(key, source.stream, static_cast<int64_t>(i));
    std::swap(order[i - 1], order[random.below(i)]);
  }
}

inline std::vector<int64_t> permutation(int64_t size, const RandomSource& source) {
  std::vector<int64_t> order(static_cast<size_t>(size));
  permute(order, source);
  return order;
}

}  // namespace elbo::data
