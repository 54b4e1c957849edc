// Shape: the static extents of a tensor, at most eight of them, and the numpy rules for broadcasting.
//
//   const Shape s{128, 784};
//   s.rank() == 2;  s[1] == 784;  s.elements() == 100352;  to_string(s) == "[128, 784]"
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace elbo {

class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;  // a scalar
  Shape(std::initializer_list<int64_t> dims);
  explicit Shape(const std::vector<int64_t>& dims);

  int rank() const { return rank_; }
  int64_t operator[](int axis) const { return dims_[static_cast<size_t>(axis)]; }
  void set(int axis, int64_t extent) { dims_[static_cast<size_t>(axis)] = extent; }
  // Extent of the axis counted from the back: last(0) is the innermost.  1 where the shape has no such axis.
  int64_t last(int from_back = 0) const { return from_back < rank_ ? (*this)[rank_ - 1 - from_back] : 1; }
  int64_t elements() const;
  std::vector<int64_t> dims() const { return {dims_.begin(), dims_.begin() + rank_}; }
  // Row-major strides in elements.
  std::vector<int64_t> strides() const;

  // A copy with `extent` put before axis `axis`, or with axis `axis` taken away.
  Shape with(int axis, int64_t extent) const;
  Shape without(int axis) const;

  friend bool operator==(const Shape& a, const Shape& b);
  friend bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }

 private:
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

std::string to_string(const Shape& shape);

// The shape two operands broadcast to by numpy's rule (aligned at the last axis; 1 stretches), or nothing.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

// An axis in [-rank, rank) as one in [0, rank), or nothing when it lies outside.
std::optional<int> normalize_axis(int axis, int rank);

}  // namespace elbo
