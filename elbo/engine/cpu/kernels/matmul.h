// Products of matrices by oneDNN: the only header of the engine that stands for it.
//
// A product is cut into blocks of the result whose extents follow from the shapes alone, and each block is one
// single-threaded call.  So the bits do not depend on the number of threads (oneDNN's own threading changes them),
// and blocks of several products share one parallel wave.
#pragma once

#include <cstdint>

namespace elbo::cpu {

struct Product {
  int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false;  // a is [k, m]
  bool transpose_b = false;  // b is [n, k]
};

// oneDNN's kernel works on panels of 48 columns by 8 rows of a result, at the right edge on 16 columns or 32: multiples
// of the grains leave none of its vectors idle.
constexpr int64_t kProductPanelCols = 48;
constexpr int64_t kProductRowGrain = 8;
constexpr int64_t kProductColGrain = 16;

// Sizes of the blocks a product's result is cut into, at most: all of it, or whole grains, so that even_cut() with
// these gives no part more.
struct BlockSizes {
  int64_t rows = 1;
  int64_t cols = 1;
};
BlockSizes product_blocks(const Product& product);

// A block of a product's result, from `depth` terms of each sum, beginning with `first`.
struct ProductBlock {
  int64_t row = 0, rows = 0;
  int64_t col = 0, cols = 0;
  int64_t first = 0, depth = 0;
};

// Floats of working memory that a block of the product takes at most.
int64_t product_workspace(const Product& product);

// c[rows, cols] = the block of op(a) op(b).  a, b: the whole matrices, dense.
void multiply_block(const Product& product, const float* a, const float* b, const ProductBlock& block, float* c,
                    int64_t c_stride, float* workspace);

// What oneDNN may use at most.  Returns false, and changes nothing, when it was used already.
enum class ProductTarget { kSse4, kAvx2, kAvx512 };
bool limit_products(ProductTarget target);

}  // namespace elbo::cpu
