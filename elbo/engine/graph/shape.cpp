#include "elbo/engine/shape.h"

#include <algorithm>

#include "elbo/settings/error.h"

namespace elbo {

Shape::Shape(std::initializer_list<int64_t> dims) : Shape(std::vector<int64_t>(dims)) {}

Shape::Shape(const std::vector<int64_t>& dims) {
  if (dims.size() > kMaxRank) {
    throw ShapeError("shape of rank " + std::to_string(dims.size()) + ": the highest rank is 8");
  }
  int64_t total = 1;
  for (const int64_t extent : dims) {
    if (extent < 0) throw ShapeError("shape with the negative extent " + std::to_string(extent));
    if (extent != 0 && __builtin_mul_overflow(total, extent, &total)) {
      throw ShapeError("shape with more elements than 64 bits count");
    }
    dims_[static_cast<size_t>(rank_++)] = extent;
  }
}

int64_t Shape::elements() const {
  int64_t total = 1;
  for (int axis = 0; axis < rank_; ++axis) total *= (*this)[axis];
  return total;
}

std::vector<int64_t> Shape::strides() const {
  std::vector<int64_t> strides(static_cast<size_t>(rank_), 1);
  for (int axis = rank_ - 2; axis >= 0; --axis) {
    strides[static_cast<size_t>(axis)] = strides[static_cast<size_t>(axis) + 1] * (*this)[axis + 1];
  }
  return strides;
}

Shape Shape::with(int axis, int64_t extent) const {
  std::vector<int64_t> d = dims();
  d.insert(d.begin() + axis, extent);
  return Shape(d);
}

Shape Shape::without(int axis) const {
  std::vector<int64_t> d = dims();
  d.erase(d.begin() + axis);
  return Shape(d);
}

bool operator==(const Shape& a, const Shape& b) {
  return a.rank_ == b.rank_ && std::equal(a.dims_.begin(), a.dims_.begin() + a.rank_, b.dims_.begin());
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(shape[axis]);
  }
  return text + "]";
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::vector<int64_t> dims(static_cast<size_t>(rank));
  for (int back = 0; back < rank; ++back) {
    const int64_t left = a.last(back), right = b.last(back);
    if (left != right && left != 1 && right != 1) return std::nullopt;
    dims[static_cast<size_t>(rank - 1 - back)] = left == 1 ? right : left;
  }
  return Shape(dims);
}

std::optional<int> normalize_axis(int axis, int rank) {
  if (axis < -rank || axis >= rank) return std::nullopt;
  return axis < 0 ? axis + rank : axis;
}

}  // namespace elbo
