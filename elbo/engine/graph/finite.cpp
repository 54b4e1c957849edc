#include "elbo/engine/finite.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace elbo {

namespace {

// By the bits: those of infinity are the largest of a number, and a NaN's are larger; the largest of a block of bits
// is found in a vector loop, and there is rarely more to do.
template <typename T, typename Bits>
std::optional<size_t> first_nonfinite_of(std::span<const T> values) {
  constexpr size_t kBlock = 1024;
  const auto magnitude = [](T value) { return static_cast<Bits>(std::bit_cast<Bits>(value) << 1) >> 1; };
  const Bits infinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  for (size_t start = 0; start < values.size(); start += kBlock) {
    const std::span<const T> block = values.subspan(start, std::min(kBlock, values.size() - start));
    Bits largest = 0;
    for (const T value : block) largest = std::max(largest, magnitude(value));
    if (largest < infinity) continue;
    const auto found = std::find_if(block.begin(), block.end(), [](T value) { return !std::isfinite(value); });
    return start + static_cast<size_t>(found - block.begin());
  }
  return std::nullopt;
}

}  // namespace

std::optional<size_t> first_nonfinite(const Array& array) {
  if (array.dtype() == DType::kF32) return first_nonfinite_of<float, uint32_t>(array.values<float>());
  if (array.dtype() == DType::kF64) return first_nonfinite_of<double, uint64_t>(array.values<double>());
  return std::nullopt;
}

std::string place_text(const Shape& shape, size_t index) {
  const std::vector<int64_t> extents = shape.dims();
  std::string place;
  for (size_t axis = extents.size(); axis-- > 0;) {
    const auto extent = static_cast<size_t>(extents[axis]);
    place = std::to_string(index % extent) + (place.empty() ? "" : ", " + place);
    index /= extent;
  }
  return "[" + place + "]";
}

}  // namespace elbo
