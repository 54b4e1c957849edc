// Operations by indices, which are checked, running sums along any axis, and counts that are looked up.
#include <algorithm>
#include <string>

#include "elbo/engine/cpu/kernels/general_internal.h"
#include "elbo/engine/op.h"
#include "elbo/engine/ops/draw_count.h"
#include "elbo/settings/error.h"

namespace elbo::cpu {

namespace {

int64_t checked_index(const GeneralKernel& k, const void* indices, int64_t at, int64_t extent) {
  const int64_t index = static_cast<const int32_t*>(indices)[at];
  if (index < 0 || index >= extent) {
    throw DataError(std::string(k.node.op->name) + (k.node.scope.empty() ? "" : " at " + k.node.scope) +
                    ": the index " + std::to_string(index) + " lies outside 0.." + std::to_string(extent - 1));
  }
  return index;
}

void run_gather(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  const AroundAxis s(k.shapes[0], k.node.attributes.integers[0]);
  const int64_t count = k.shapes[1].elements();
  for (int64_t o = 0; o < s.outer; ++o) {
    for (int64_t j = 0; j < count; ++j) {
      const int64_t index = checked_index(k, k.src[1], j, s.extent);
      std::copy_n(reals(k, 0) + (o * s.extent + index) * s.inner, s.inner, result(k) + (o * count + j) * s.inner);
    }
  }
}

void run_scatter_add(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
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

void run_cumsum(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
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

void run_one_hot(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  const int64_t depth = k.node.attributes.integers[0];
  std::fill_n(result(k), k.node.shape.elements(), 0.0f);
  for (int64_t i = 0; i < k.shapes[0].elements(); ++i) {
    result(k)[i * depth + checked_index(k, k.src[0], i, depth)] = 1.0f;
  }
}

void run_draw_count(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  for (int64_t i = 0; i < k.node.shape.elements(); ++i) {
    const auto of = [&](size_t slot) { return static_cast<double>(reals(k, slot)[i]); };
    result(k)[i] = static_cast<float>(count_of_uniform(of(0), of(1), of(2)));
  }
}

}  // namespace

const GeneralRoutine kGeneralGather{.run = run_gather};
const GeneralRoutine kGeneralScatterAdd{.run = run_scatter_add};
const GeneralRoutine kGeneralCumsum{.run = run_cumsum};
const GeneralRoutine kGeneralOneHot{.run = run_one_hot};
const GeneralRoutine kGeneralDrawCount{.run = run_draw_count};

}  // namespace elbo::cpu
