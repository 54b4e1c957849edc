// Values moved along any axes.
#include <algorithm>
#include <cstring>

#include "elbo/engine/cpu/kernels/general_internal.h"
#include "elbo/engine/cpu/kernels/tile_kernels.h"

namespace elbo::cpu {

namespace {

// dst, dense of `shape`, from src at offset + sum of index * strides.
template <typename T>
void strided_copy(const T* src, const Index& strides, T* dst, const Shape& shape) {
  const int last = shape.rank() - 1;
  const int64_t inner = shape.last(0), step = last >= 0 ? strides[static_cast<size_t>(last)] : 1;
  if (shape.elements() == 0) return;
  Index index{};
  for (int64_t done = 0; done < shape.elements(); done += inner) {
    if (step == 1) {
      std::memcpy(dst + done, src, static_cast<size_t>(inner) * sizeof(T));
    } else {
      for (int64_t i = 0; i < inner; ++i) dst[done + i] = src[i * step];
    }
    for (int axis = last - 1; axis >= 0; --axis) {
      const auto a = static_cast<size_t>(axis);
      src += strides[a];
      if (++index[a] < shape[axis]) break;
      src -= strides[a] * shape[axis];
      index[a] = 0;
    }
  }
}

// Strides and offset by which a move reads its source, in elements.
struct View {
  Index strides{};
  int64_t offset = 0;
};

View view_of_broadcast(const Node& node, const Shape& from) {
  View view;
  const Index dense = dense_strides(from);
  const int extra = node.shape.rank() - from.rank();
  for (int axis = 0; axis < from.rank(); ++axis) {
    if (from[axis] != 1) view.strides[static_cast<size_t>(axis + extra)] = dense[static_cast<size_t>(axis)];
  }
  return view;
}

View view_of_transpose(const Node& node, const Shape& from) {
  View view;
  const Index dense = dense_strides(from);
  const auto& permutation = node.attributes.integers;
  for (size_t axis = 0; axis < permutation.size(); ++axis) {
    view.strides[axis] = dense[static_cast<size_t>(permutation[axis])];
  }
  return view;
}

View view_of_slice(const Node& node, const Shape& from) {
  const auto& a = node.attributes.integers;
  const auto axis = static_cast<size_t>(a[0]);
  View view{.strides = dense_strides(from)};
  view.offset = a[1] * view.strides[axis];
  view.strides[axis] *= a[3];
  return view;
}

View view_of_reverse(const Node& node, const Shape& from) {
  const auto axis = static_cast<size_t>(node.attributes.integers[0]);
  View view{.strides = dense_strides(from)};
  view.offset = (from[static_cast<int>(axis)] - 1) * view.strides[axis];
  view.strides[axis] *= -1;
  return view;
}

template <View (*kView)(const Node&, const Shape&)>
void run_move(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  const View view = kView(k.node, k.shapes[0]);
  if (k.node.dtype == DType::kU8) {
    strided_copy(static_cast<const uint8_t*>(k.src[0]) + view.offset, view.strides, static_cast<uint8_t*>(k.dst),
                 k.node.shape);
  } else {
    strided_copy(reals(k, 0) + view.offset, view.strides, result(k), k.node.shape);  // or i32, as wide
  }
}

// By squares, so that the lines written to stay in the cache until they are full.
void turn_matrix(const GeneralKernel& k) {
  constexpr int64_t kSquare = 64;
  const int64_t rows = k.shapes[0][0], cols = k.shapes[0][1];
  for (int64_t row = 0; row < rows; row += kSquare) {
    for (int64_t col = 0; col < cols; col += kSquare) {
      transpose({.src = reals(k, 0) + row * cols + col,
                 .src_stride = cols,
                 .dst = result(k) + col * rows + row,
                 .dst_stride = rows,
                 .rows = std::min(kSquare, rows - row),
                 .cols = std::min(kSquare, cols - col)});
    }
  }
}

void run_transpose(const GeneralKernel& k, int64_t part, float* scratch) {
  const bool is_matrix = k.node.dtype != DType::kU8 && k.node.shape.rank() == 2 && k.node.attributes.integers[0] == 1;
  is_matrix ? turn_matrix(k) : run_move<view_of_transpose>(k, part, scratch);
}

template <typename T>
void concat(const GeneralKernel& k) {
  const AroundAxis whole(k.node.shape, k.node.attributes.integers[0]);
  int64_t before = 0;
  for (size_t part = 0; part < k.src.size(); ++part) {
    const AroundAxis s(k.shapes[part], k.node.attributes.integers[0]);
    const auto count = s.extent * s.inner;
    for (int64_t o = 0; o < s.outer; ++o) {
      if (count == 0) continue;
      std::memcpy(static_cast<T*>(k.dst) + o * whole.extent * whole.inner + before,
                  static_cast<const T*>(k.src[part]) + o * count, static_cast<size_t>(count) * sizeof(T));
    }
    before += count;
  }
}

void run_concat(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  k.node.dtype == DType::kU8 ? concat<uint8_t>(k) : concat<float>(k);
}

void run_pad(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  const auto& a = k.node.attributes.integers;
  const AroundAxis to(k.node.shape, a[0]), from(k.shapes[0], a[0]);
  std::fill_n(result(k), k.node.shape.elements(), static_cast<float>(k.node.attributes.numbers[0]));
  const int64_t count = from.extent * from.inner;
  for (int64_t o = 0; o < from.outer; ++o) {
    std::copy_n(reals(k, 0) + o * count, count, result(k) + o * to.extent * to.inner + a[1] * to.inner);
  }
}

}  // namespace

const GeneralRoutine kGeneralBroadcast{.run = run_move<view_of_broadcast>};
const GeneralRoutine kGeneralTranspose{.run = run_transpose};
const GeneralRoutine kGeneralSlice{.run = run_move<view_of_slice>};
const GeneralRoutine kGeneralReverse{.run = run_move<view_of_reverse>};
const GeneralRoutine kGeneralConcat{.run = run_concat};
const GeneralRoutine kGeneralPad{.run = run_pad};

}  // namespace elbo::cpu
