#include "elbo/engine/cpu/kernels/matmul.h"

#include <algorithm>
#include <array>
#include <dnnl.h>
#include <stdexcept>

#include "elbo/engine/cpu/kernels/cut.h"
#include "elbo/engine/cpu/kernels/thin_product.h"
#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/machine.h"

namespace elbo::cpu {

namespace {

constexpr int64_t kLeastThinDepth = 16;  // a vector of the widest kind

// Where b is [n, k], oneDNN turns it more slowly than transpose(), and at half its speed where k is a power of two; so
// it is turned for it, a strip of some panels of columns at a time.
constexpr int64_t kStripFloats = 1 << 16;  // a quarter of a megabyte; two panels where they are deeper
constexpr int64_t kMostStripDepth = 4096;
constexpr int64_t kLeastRowsToTurnFor = 16;

bool takes_strips(const Product& p, int64_t rows) {
  return p.transpose_b && rows >= kLeastRowsToTurnFor && p.k <= kMostStripDepth;
}

int64_t strip_cols(int64_t depth) {
  return std::max<int64_t>(2, kStripFloats / std::max<int64_t>(depth, 1) / kProductPanelCols) * kProductPanelCols;
}

// The last strip is a little wider rather than followed by a sliver.
int64_t widest_strip(int64_t depth) {
  return strip_cols(depth) + kProductPanelCols / 2;
}

// Cuts an extent into an even number of parts of about `target`, each a multiple of `grain` but the last.
int64_t part_size(int64_t extent, int64_t target, int64_t grain) {
  if (extent <= target + target / 2) return std::max<int64_t>(extent, 1);
  const int64_t parts = std::max<int64_t>(2, 2 * ((extent + target) / (2 * target)));
  return parts_of(parts_of(extent, parts), grain) * grain;
}

}  // namespace

BlockSizes product_blocks(const Product& product) {
  // Wide enough blocks keep oneDNN's packing cheap; at least four of a large product keep two to four threads busy.
  BlockSizes blocks;
  blocks.rows = part_size(product.m, 128, kProductRowGrain);
  // Where the rows are cut, whole rows lie in memory without a gap: an update streams through them.  So gradients of
  // weights are cut that way even where they are few and long.
  const bool long_rows = part_size(product.n, 192, kProductColGrain) < product.n;
  if (product.transpose_a && long_rows && product.m >= 2 * kProductRowGrain) {
    const int64_t grains = parts_of(product.m, kProductRowGrain);
    blocks.rows = std::min(blocks.rows, parts_of(grains, 2) * kProductRowGrain);
  }
  const bool rows_cut = blocks.rows < product.m;
  blocks.cols = rows_cut && product.n <= 1024 ? std::max<int64_t>(product.n, 1)
                                              : part_size(product.n, rows_cut ? 512 : 192, kProductColGrain);
  return blocks;
}

int64_t product_workspace(const Product& product) {
  return takes_strips(product, product.m) ? std::min(product.n, widest_strip(product.k)) * product.k : 0;
}

void multiply_block(const Product& p, const float* a, const float* b, const ProductBlock& block, float* c,
                    int64_t c_stride, float* workspace) {
  const int64_t a_stride = p.transpose_a ? p.m : p.k, b_stride = p.transpose_b ? p.k : p.n;
  const float* a_block =
      p.transpose_a ? a + block.first * a_stride + block.row : a + block.row * a_stride + block.first;
  const float* b_block =
      p.transpose_b ? b + block.col * b_stride + block.first : b + block.first * b_stride + block.col;
  if (!p.transpose_a && p.transpose_b && block.cols <= kMostThinCols && block.depth >= kLeastThinDepth) {
    return multiply_thin({.rows = block.rows,
                          .cols = block.cols,
                          .depth = block.depth,
                          .a = a_block,
                          .a_stride = a_stride,
                          .b = b_block,
                          .b_stride = b_stride,
                          .c = c,
                          .c_stride = c_stride});
  }
  const auto multiply = [&](char turn_b, int64_t cols, const float* right, int64_t right_stride, float* to) {
    const dnnl_status_t status = dnnl_sgemm(p.transpose_a ? 'T' : 'N', turn_b, block.rows, cols, block.depth, 1.0f,
                                            a_block, a_stride, right, right_stride, 0.0f, to, c_stride);
    if (status != dnnl_success) throw std::logic_error("dnnl_sgemm refused a product");
  };
  if (!takes_strips(p, block.rows)) return multiply(p.transpose_b ? 'T' : 'N', block.cols, b_block, b_stride, c);
  for (int64_t col = 0; col < block.cols;) {
    const int64_t left = block.cols - col, cols = left <= widest_strip(p.k) ? left : strip_cols(p.k);
    transpose({.src = b_block + col * b_stride,
               .src_stride = b_stride,
               .dst = workspace,
               .dst_stride = cols,
               .rows = cols,
               .cols = block.depth});
    multiply('N', cols, workspace, cols, c + col);
    col += cols;
  }
}

bool limit_products(ProductTarget target) {
  constexpr std::array kTargets{dnnl_cpu_isa_sse41, dnnl_cpu_isa_avx2, dnnl_cpu_isa_avx512_core};
  return dnnl_set_max_cpu_isa(kTargets[static_cast<size_t>(target)]) == dnnl_success;
}

}  // namespace elbo::cpu

namespace elbo {

std::string_view product_instruction_set() {
  switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41:
      return "SSE41";
    case dnnl_cpu_isa_avx:
      return "AVX";
    case dnnl_cpu_isa_avx2:
      return "AVX2";
    case dnnl_cpu_isa_avx2_vnni:
      return "AVX2_VNNI";
    case dnnl_cpu_isa_avx512_core:
      return "AVX512_CORE";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "AVX512_CORE_VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "AVX512_CORE_BF16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "AVX512_CORE_AMX";
    default:
      return "other";
  }
}

}  // namespace elbo
