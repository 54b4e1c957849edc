#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "elbo/data/stored_values_internal.h"

namespace elbo::data {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kWhat = "its values";

template <typename T>
T turned(T value) {
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(T) == 4) return std::bit_cast<T>(__builtin_bswap32(std::bit_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 8) return std::bit_cast<T>(__builtin_bswap64(std::bit_cast<uint64_t>(value)));
  return value;
}

// IEEE binary16.
float from_half(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u, mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

// All values of type T, a block at a time, to `take(block, index of its first)`.
template <typename T, typename Take>
void for_each_block(ByteSource& bytes, bool big_endian, int64_t count, const Take& take) {
  constexpr size_t kBlock = 64 * 1024 / sizeof(T);
  std::vector<T> buffer(std::min(kBlock, static_cast<size_t>(count)));
  for (int64_t done = 0; done < count;) {
    const auto block = std::span(buffer).first(std::min(buffer.size(), static_cast<size_t>(count - done)));
    bytes.read_exactly(std::as_writable_bytes(block), kWhat);
    if (big_endian) std::transform(block.begin(), block.end(), block.begin(), turned<T>);
    take(std::span<const T>(block), static_cast<size_t>(done));
    done += static_cast<int64_t>(block.size());
  }
}

// As they are stored, straight into the array.
template <typename T>
Array read_same(ByteSource& bytes, bool big_endian, const Shape& shape) {
  Array array = Array::uninitialized(dtype_of<T>(), shape);
  bytes.read_exactly({array.data(), array.bytes()}, kWhat);
  const auto values = array.values<T>();
  if (big_endian) std::transform(values.begin(), values.end(), values.begin(), turned<T>);
  return array;
}

template <typename From, typename To, typename Convert>
Array read_converted(ByteSource& bytes, bool big_endian, const Shape& shape, const Convert& convert) {
  Array array = Array::uninitialized(dtype_of<To>(), shape);
  const auto dst = array.values<To>();
  for_each_block<From>(bytes, big_endian, array.elements(), [&](std::span<const From> block, size_t first) {
    std::transform(block.begin(), block.end(), dst.begin() + static_cast<std::ptrdiff_t>(first), convert);
  });
  return array;
}

template <typename From>
Array read_small_integers(ByteSource& bytes, bool big_endian, const Shape& shape) {
  return read_converted<From, int32_t>(bytes, big_endian, shape, [](From value) { return int32_t{value}; });
}

// Integers that may pass 32 bits.
template <typename From>
Array read_wide_integers(ByteSource& bytes, bool big_endian, const Shape& shape) {
  const auto fits = [](From value) { return std::in_range<int32_t>(value); };
  const auto is_exact = [](From value) {
    constexpr int64_t kMost = int64_t{1} << std::numeric_limits<double>::digits;
    return std::cmp_less_equal(value, kMost) && std::cmp_greater_equal(value, -kMost);
  };
  Array array = Array::uninitialized(DType::kI32, shape);
  for_each_block<From>(bytes, big_endian, array.elements(), [&](std::span<const From> block, size_t first) {
    if (array.dtype() == DType::kI32 && !std::all_of(block.begin(), block.end(), fits)) {
      Array wider = Array::uninitialized(DType::kF64, shape);
      const auto before = array.values<int32_t>().first(first);
      std::copy(before.begin(), before.end(), wider.values<double>().begin());
      array = std::move(wider);
    }
    if (array.dtype() == DType::kI32) {
      std::transform(block.begin(), block.end(), array.values<int32_t>().data() + first,
                     [](From value) { return static_cast<int32_t>(value); });
      return;
    }
    if (const auto bad = std::find_if_not(block.begin(), block.end(), is_exact); bad != block.end()) {
      bytes.fail("holds the integer " + std::to_string(*bad) +
                 ", beyond 2^53, which no double holds exactly; subtract an offset or save it as floating point");
    }
    std::transform(block.begin(), block.end(), array.values<double>().data() + first,
                   [](From value) { return static_cast<double>(value); });
  });
  return array;
}

}  // namespace

bool StoredType::is_known() const {
  switch (kind) {
    case 'b':
      return bytes == 1;
    case 'i':
    case 'u':
      return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    case 'f':
      return bytes == 2 || bytes == 4 || bytes == 8;
    default:
      return false;
  }
}

Array read_stored(ByteSource& bytes, StoredType type, const std::vector<int64_t>& extents) {
  const Shape shape = bytes.require_shape(extents, type.bytes);
  const bool big = type.big_endian;
  if (type.kind == 'f') {
    if (type.bytes == 2) return read_converted<uint16_t, float>(bytes, big, shape, from_half);
    return type.bytes == 4 ? read_same<float>(bytes, big, shape) : read_same<double>(bytes, big, shape);
  }
  const bool is_signed = type.kind == 'i';
  switch (type.bytes) {
    case 1:
      return is_signed ? read_small_integers<int8_t>(bytes, big, shape) : read_same<uint8_t>(bytes, big, shape);
    case 2:
      return is_signed ? read_small_integers<int16_t>(bytes, big, shape)
                       : read_small_integers<uint16_t>(bytes, big, shape);
    case 4:
      return is_signed ? read_same<int32_t>(bytes, big, shape) : read_wide_integers<uint32_t>(bytes, big, shape);
    default:
      return is_signed ? read_wide_integers<int64_t>(bytes, big, shape)
                       : read_wide_integers<uint64_t>(bytes, big, shape);
  }
}

}  // namespace elbo::data
