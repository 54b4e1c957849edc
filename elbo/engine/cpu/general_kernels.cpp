#include "elbo/engine/cpu/general_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "elbo/engine/cpu/form.h"
#include "elbo/engine/cpu/matmul.h"
#include "elbo/engine/cpu/split_depth.h"
#include "elbo/engine/cpu/tile_kernels.h"
#include "elbo/engine/ops/rows.h"
#include "elbo/settings/error.h"

namespace elbo::cpu {

namespace {

const float* reals(const GeneralKernel& k, size_t slot) {
  return static_cast<const float*>(k.src[slot]);
}
float* result(const GeneralKernel& k) {
  return static_cast<float*>(k.dst);
}

// Strides and indices, without allocating: these run in every step.
using Index = std::array<int64_t, Shape::kMaxRank>;

Index dense_strides(const Shape& shape) {
  Index strides{};
  int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<size_t>(axis)] = step;
    step *= shape[axis];
  }
  return strides;
}

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

View view_of(const Node& node, const Shape& from) {
  View view;
  const Index dense = dense_strides(from);
  const auto& a = node.attributes.integers;
  if (node.op == &kBroadcastTo) {
    const int extra = node.shape.rank() - from.rank();
    for (int axis = 0; axis < from.rank(); ++axis) {
      if (from[axis] != 1) view.strides[static_cast<size_t>(axis + extra)] = dense[static_cast<size_t>(axis)];
    }
  } else if (node.op == &kTranspose) {
    for (size_t axis = 0; axis < a.size(); ++axis) view.strides[axis] = dense[static_cast<size_t>(a[axis])];
  } else {
    view.strides = dense;
    if (node.op == &kSlice) {
      view.offset = a[1] * dense[static_cast<size_t>(a[0])];
      view.strides[static_cast<size_t>(a[0])] *= a[3];
    } else if (node.op == &kReverse) {
      view.offset = (from[static_cast<int>(a[0])] - 1) * dense[static_cast<size_t>(a[0])];
      view.strides[static_cast<size_t>(a[0])] *= -1;
    }
  }
  return view;
}

bool is_matrix_transpose(const GeneralKernel& k) {
  return k.node.op == &kTranspose && k.node.shape.rank() == 2 && k.node.attributes.integers[0] == 1;
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

template <typename T>
void run_move(const GeneralKernel& k) {
  const View view = view_of(k.node, k.shapes[0]);
  strided_copy(static_cast<const T*>(k.src[0]) + view.offset, view.strides, static_cast<T*>(k.dst), k.node.shape);
}

// An axis splits a shape into outer x extent x inner.
struct AroundAxis {
  int64_t outer = 1, extent = 1, inner = 1;
  AroundAxis(const Shape& shape, int64_t axis) : extent(shape[static_cast<int>(axis)]) {
    for (int a = 0; a < shape.rank(); ++a) (a < axis ? outer : inner) *= a == axis ? 1 : shape[a];
  }
};

template <typename T>
void run_concat(const GeneralKernel& k) {
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

void run_pad(const GeneralKernel& k) {
  const auto& a = k.node.attributes.integers;
  const AroundAxis to(k.node.shape, a[0]), from(k.shapes[0], a[0]);
  std::fill_n(result(k), k.node.shape.elements(), static_cast<float>(k.node.attributes.numbers[0]));
  const int64_t count = from.extent * from.inner;
  for (int64_t o = 0; o < from.outer; ++o) {
    std::copy_n(reals(k, 0) + o * count, count, result(k) + o * to.extent * to.inner + a[1] * to.inner);
  }
}

// Steps through some axes of an array, the last fastest; after the last step it is at the start again.
struct Walk {
  Index extents{}, strides{}, index{};
  size_t axes = 0;
  int64_t count = 1, offset = 0;

  void add(int64_t extent, int64_t stride) {
    extents[axes] = extent;
    strides[axes++] = stride;
    count *= extent;
  }
  void step() {
    for (size_t a = axes; a-- > 0;) {
      offset += strides[a];
      if (++index[a] < extents[a]) return;
      offset -= strides[a] * extents[a];
      index[a] = 0;
    }
  }
};

constexpr int64_t kColumnsAtOnce = 64;

// In double: in f32 the errors of thousands of terms would add up.
template <typename Take>
void reduce(const GeneralKernel& k, double start, Take take) {
  const Shape &from = k.shapes[0], &to = k.node.shape;
  const Index strides = dense_strides(from);
  const int last = from.rank() - 1;
  const bool inner_stays = last >= 0 && to[last] == from[last];
  const int64_t columns = inner_stays ? from[last] : 1, run = inner_stays ? 1 : from.last(0);
  Walk kept, reduced;  // of all axes but the last
  for (int axis = 0; axis < last; ++axis) {
    (to[axis] == from[axis] ? kept : reduced).add(from[axis], strides[static_cast<size_t>(axis)]);
  }
  float* dst = result(k);
  if (from.elements() == 0) {
    std::fill_n(dst, to.elements(), static_cast<float>(start));
    return;
  }
  std::array<double, kColumnsAtOnce> totals{};
  for (int64_t row = 0; row < kept.count; ++row, kept.step()) {
    for (int64_t first = 0; first < columns; first += kColumnsAtOnce) {
      const auto width = static_cast<size_t>(std::min(kColumnsAtOnce, columns - first));
      totals.fill(start);
      for (int64_t term = 0; term < reduced.count; ++term, reduced.step()) {
        const float* src = reals(k, 0) + kept.offset + reduced.offset + first;
        for (size_t i = 0; i < width; ++i) totals[i] = take(totals[i], static_cast<double>(src[i]));
        for (int64_t i = 1; i < run; ++i) totals[0] = take(totals[0], static_cast<double>(src[i]));
      }
      for (size_t i = 0; i < width; ++i) *dst++ = static_cast<float>(totals[i]);
    }
  }
}

void run_reduce(const GeneralKernel& k) {
  if (k.node.op == &kSum) return reduce(k, 0.0, [](double a, double b) { return a + b; });
  reduce(k, -std::numeric_limits<double>::infinity(),
         [](double a, double b) { return b > a || std::isnan(b) ? b : a; });
}

int64_t checked_index(const GeneralKernel& k, const void* indices, int64_t at, int64_t extent) {
  const int64_t index = static_cast<const int32_t*>(indices)[at];
  if (index < 0 || index >= extent) {
    throw DataError(std::string(k.node.op->name) + (k.node.scope.empty() ? "" : " at " + k.node.scope) +
                    ": the index " + std::to_string(index) + " lies outside 0.." + std::to_string(extent - 1));
  }
  return index;
}

void run_gather(const GeneralKernel& k) {
  const AroundAxis s(k.shapes[0], k.node.attributes.integers[0]);
  const int64_t count = k.shapes[1].elements();
  for (int64_t o = 0; o < s.outer; ++o) {
    for (int64_t j = 0; j < count; ++j) {
      const int64_t index = checked_index(k, k.src[1], j, s.extent);
      std::copy_n(reals(k, 0) + (o * s.extent + index) * s.inner, s.inner, result(k) + (o * count + j) * s.inner);
    }
  }
}

void run_scatter_add(const GeneralKernel& k) {
  const AroundAxis s(k.node.shape, k.node.attributes.integers[0]);
  const int64_t count = k.shapes[1].elements();
  std::fill_n(result(k), k.node.shape.elements(), 0.0f);
  for (int64_t o = 0; o < s.outer; ++o) {
    for (int64_t j = 0; j < count; ++j) {
      const int64_t index = checked_index(k, k.src[1], j, s.extent);
      const float* src = reals(k, 0) + (o * count + j) * s.inner;
      float* dst = result(k) + (o * s.extent + index) * s.inner;
      for (int64_t i = 0; i < s.inner; ++i) dst[i] += src[i];
    }
  }
}

void run_cumsum(const GeneralKernel& k) {
  const auto& a = k.node.attributes.integers;
  const AroundAxis s(k.node.shape, a[0]);
  for (int64_t o = 0; o < s.outer; ++o) {
    for (int64_t i = 0; i < s.inner; ++i) {
      double total = 0;  // in f32 the errors of thousands of terms would add up
      for (int64_t j = 0; j < s.extent; ++j) {
        const int64_t at = (o * s.extent + (a[2] != 0 ? s.extent - 1 - j : j)) * s.inner + i;
        if (a[1] != 0) result(k)[at] = static_cast<float>(total);
        total += static_cast<double>(reals(k, 0)[at]);
        if (a[1] == 0) result(k)[at] = static_cast<float>(total);
      }
    }
  }
}

void run_one_hot(const GeneralKernel& k) {
  const int64_t depth = k.node.attributes.integers[0];
  std::fill_n(result(k), k.node.shape.elements(), 0.0f);
  for (int64_t i = 0; i < k.shapes[0].elements(); ++i) {
    result(k)[i * depth + checked_index(k, k.src[0], i, depth)] = 1.0f;
  }
}

void run_matmul(const GeneralKernel& k, int64_t part, float* scratch) {
  const Product p = product_of(k.node, k.shapes[0]);
  float* dst = result(k) + part * p.m * p.n;
  if (p.k == 0) {
    std::fill_n(dst, p.m * p.n, 0.0f);
  } else {
    multiply_block(p, reals(k, 0) + part * p.m * p.k, reals(k, 1) + part * p.k * p.n,
                   {.rows = p.m, .cols = p.n, .depth = p.k}, dst, p.n, scratch);
  }
}

void run_partial_product(const GeneralKernel& k, int64_t part, float* scratch) {
  const Shape& shape = k.node.shape;
  const Product p = product_of(k.node, k.shapes[0]);
  const Cut terms = terms_of_part(p.k, shape[0], part);
  multiply_block(p, reals(k, 0), reals(k, 1), {.rows = p.m, .cols = p.n, .first = terms.first, .depth = terms.size},
                 result(k) + part * p.m * p.n, p.n, scratch);
}

}  // namespace

int64_t general_parts(const GeneralKernel& kernel) {
  if (kernel.node.op == &kPartialProducts) return kernel.node.shape[0];
  if (kernel.node.op != &kMatmul) return 1;
  const int64_t each = kernel.node.shape.last(0) * kernel.node.shape.last(1);
  return each == 0 ? 0 : kernel.node.shape.elements() / each;
}

double general_multiply_adds(const GeneralKernel& kernel) {
  if (kernel.node.op->kind != OpKind::kMatmul) return 0;
  const Product p = product_of(kernel.node, kernel.shapes[0]);
  const int64_t products = kernel.node.op == &kPartialProducts ? 1 : general_parts(kernel);
  return static_cast<double>(products * p.m * p.n) * static_cast<double>(p.k);
}

int64_t general_scratch(const GeneralKernel& kernel) {
  return kernel.node.op == &kMatmul ? product_workspace(product_of(kernel.node, kernel.shapes[0])) : 0;
}

void run_general(const GeneralKernel& k, int64_t part, float* scratch) {
  const OpDef* op = k.node.op;
  const bool bytes = k.node.dtype == DType::kU8;
  if (k.node.shape.elements() == 0) return;
  if (op->kind == OpKind::kReduce) return run_reduce(k);
  if (op == &kConcat) return bytes ? run_concat<uint8_t>(k) : run_concat<float>(k);
  if (op == &kPad) return run_pad(k);
  if (!bytes && is_matrix_transpose(k)) return turn_matrix(k);
  if (op->kind == OpKind::kMove) return bytes ? run_move<uint8_t>(k) : run_move<float>(k);
  if (op == &kGather) return run_gather(k);
  if (op == &kScatterAdd) return run_scatter_add(k);
  if (op == &kCumsum) return run_cumsum(k);
  if (op == &kOneHot) return run_one_hot(k);
  if (op == &kMatmul) return run_matmul(k, part, scratch);
  if (op == &kPartialProducts) return run_partial_product(k, part, scratch);
  throw std::logic_error("no kernel for " + std::string(op->name));
}

}  // namespace elbo::cpu
