// Array: values in memory.  Dense, row-major, aligned to 64 bytes; a copy is deep, a move is cheap.
//
//   Array x(DType::kF32, {128, 784});          // zeros
//   x.values<float>()[0] = 1.0f;               // std::span over all elements; the type must match the dtype
//   const Array y = Array::of<float>({2}, {1.0f, 2.0f});
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "elbo/engine/shape.h"

namespace elbo {

enum class DType : uint8_t { kF32, kF64, kI32, kU8 };

size_t size_of(DType dtype);            // bytes of one element
std::string_view name_of(DType dtype);  // "f32", "f64", "i32", "u8"

template <typename T>
constexpr DType dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, int32_t> ||
                std::is_same_v<T, uint8_t>);
  if constexpr (std::is_same_v<T, float>) return DType::kF32;
  if constexpr (std::is_same_v<T, double>) return DType::kF64;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kI32;
  return DType::kU8;
}

class Array {
 public:
  Array() : Array(DType::kF32, Shape{0}) {}
  Array(DType dtype, const Shape& shape);  // zeros
  // Values not set, for a reader that sets them all: its memory is not touched twice.
  static Array uninitialized(DType dtype, const Shape& shape);
  Array(const Array& other);
  Array& operator=(const Array& other);
  Array(Array&&) noexcept = default;
  Array& operator=(Array&&) noexcept = default;
  ~Array() = default;

  // Throws ShapeError when the count of values is not that of the shape.
  template <typename T>
  static Array of(const Shape& shape, const std::vector<T>& values) {
    Array array(dtype_of<T>(), shape);
    array.require_count(values.size());
    if (!values.empty()) std::memcpy(array.data(), values.data(), array.bytes());
    return array;
  }

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  size_t bytes() const { return static_cast<size_t>(elements()) * size_of(dtype_); }
  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }

  // Throws Error when T is not the dtype.
  template <typename T>
  std::span<T> values() {
    require_dtype(dtype_of<T>());
    return {reinterpret_cast<T*>(data()), static_cast<size_t>(elements())};
  }
  template <typename T>
  std::span<const T> values() const {
    require_dtype(dtype_of<T>());
    return {reinterpret_cast<const T*>(data()), static_cast<size_t>(elements())};
  }

  // The same values under another shape of as many elements; throws ShapeError otherwise.
  Array reshaped(const Shape& shape) const;
  // The same values as another dtype: rounded to nearest for f32, truncated for integers.
  Array cast(DType dtype) const;

 private:
  struct AlignedDelete {
    void operator()(std::byte* pointer) const;
  };
  struct Uninitialized {};
  Array(DType dtype, const Shape& shape, Uninitialized);
  void require_dtype(DType dtype) const;
  void require_count(size_t count) const;

  DType dtype_;
  Shape shape_;
  std::unique_ptr<std::byte[], AlignedDelete> data_;
};

}  // namespace elbo
