#include "elbo/engine/array.h"

#include "elbo/engine/graph/array_memory.h"
#include "elbo/settings/error.h"

namespace elbo {

namespace {
template <typename From, typename To>
void convert(const Array& from, Array& to) {
  const auto src = from.values<From>();
  const auto dst = to.values<To>();
  for (size_t i = 0; i < src.size(); ++i) dst[i] = static_cast<To>(src[i]);
}

template <typename From>
void convert_from(const Array& from, Array& to) {
  switch (to.dtype()) {
    case DType::kF32:
      return convert<From, float>(from, to);
    case DType::kF64:
      return convert<From, double>(from, to);
    case DType::kI32:
      return convert<From, int32_t>(from, to);
    case DType::kU8:
      return convert<From, uint8_t>(from, to);
  }
}
}  // namespace

size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 4;
    case DType::kF64:
      return 8;
    case DType::kI32:
      return 4;
    case DType::kU8:
      return 1;
  }
  return 0;
}

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "f32";
    case DType::kF64:
      return "f64";
    case DType::kI32:
      return "i32";
    case DType::kU8:
      return "u8";
  }
  return "?";
}

void Array::AlignedDelete::operator()(std::byte* pointer) const {
  array_memory::release(pointer);
}

Array::Array(DType dtype, const Shape& shape, Uninitialized) : dtype_(dtype), shape_(shape) {
  data_.reset(array_memory::allocate(bytes()));
}

Array Array::uninitialized(DType dtype, const Shape& shape) {
  return {dtype, shape, Uninitialized{}};
}

Array::Array(DType dtype, const Shape& shape) : Array(dtype, shape, Uninitialized{}) {
  std::memset(data_.get(), 0, bytes());
}

Array::Array(const Array& other) : Array(other.dtype_, other.shape_, Uninitialized{}) {
  if (other.data_ != nullptr) std::memcpy(data_.get(), other.data_.get(), bytes());
}

Array& Array::operator=(const Array& other) {
  if (this != &other) *this = Array(other);
  return *this;
}

Array Array::reshaped(const Shape& shape) const {
  if (shape.elements() != elements()) {
    throw ShapeError("reshape: " + to_string(shape_) + " and " + to_string(shape) + " differ in their element counts");
  }
  Array result(*this);
  result.shape_ = shape;
  return result;
}

Array Array::cast(DType dtype) const {
  Array result(dtype, shape_);
  switch (dtype_) {
    case DType::kF32:
      convert_from<float>(*this, result);
      break;
    case DType::kF64:
      convert_from<double>(*this, result);
      break;
    case DType::kI32:
      convert_from<int32_t>(*this, result);
      break;
    case DType::kU8:
      convert_from<uint8_t>(*this, result);
      break;
  }
  return result;
}

void Array::require_dtype(DType dtype) const {
  if (dtype != dtype_) {
    throw ShapeError("array of " + std::string(name_of(dtype_)) + " read as " + std::string(name_of(dtype)));
  }
}

void Array::require_count(size_t count) const {
  if (count != static_cast<size_t>(elements())) {
    throw ShapeError("array " + to_string(shape_) + " given " + std::to_string(count) + " values");
  }
}

}  // namespace elbo
