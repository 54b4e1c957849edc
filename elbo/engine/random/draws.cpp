#include "elbo/engine/random/draws.h"

#include <cmath>

#include "elbo/engine/philox.h"

namespace elbo {

namespace {

// SplitMix64's output function (Steele, Lea & Flood 2014): a bijection in which every input bit moves every output
// bit with probability near one half.
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

Philox4x32::Counter block_at(const DrawStream& from, int64_t row, int64_t col) {
  const auto [key0, key1] = random_key(from);
  const auto index = static_cast<uint64_t>(row);
  return Philox4x32::block({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                            static_cast<uint32_t>(col / 4), static_cast<uint32_t>(from.step)},
                           {key0, key1});
}

double uniform_of(uint32_t bits) {
  return (static_cast<double>(bits >> 9) + 0.5) * 0x1p-23;
}

}  // namespace

std::array<uint32_t, 2> random_key(const DrawStream& from) {
  constexpr uint64_t kGolden = 0x9E3779B97F4A7C15u;
  uint64_t key = mix(from.seed + kGolden);
  key = mix((key ^ from.stream) + kGolden);
  key = mix((key ^ (from.step >> 32)) + kGolden);
  return {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
}

double uniform_draw(const DrawStream& from, int64_t row, int64_t col) {
  return uniform_of(block_at(from, row, col)[static_cast<size_t>(col % 4)]);
}

double normal_draw(const DrawStream& from, int64_t row, int64_t col) {
  const Philox4x32::Counter words = block_at(from, row, col);
  const size_t pair = static_cast<size_t>(col % 4) / 2 * 2;
  const double radius = std::sqrt(-2.0 * std::log(uniform_of(words[pair])));
  const double angle = 6.283185307179586476925 * uniform_of(words[pair + 1]);
  return radius * (col % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

}  // namespace elbo
