// Products of stacks of matrices, and products in parts.
#include <algorithm>

#include "elbo/engine/cpu/kernels/general_internal.h"
#include "elbo/engine/cpu/kernels/partial_products.h"
#include "elbo/engine/cpu/kernels/product_of.h"

namespace elbo::cpu {

namespace {

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

int64_t matrices(const GeneralKernel& k) {
  const int64_t each = k.node.shape.last(0) * k.node.shape.last(1);
  return each == 0 ? 0 : k.node.shape.elements() / each;
}

int64_t terms(const GeneralKernel& k) {
  return k.node.shape[0];
}

double multiply_adds_of_one(const GeneralKernel& k) {
  const Product p = product_of(k.node, k.shapes[0]);
  return static_cast<double>(p.m * p.n) * static_cast<double>(p.k);
}

double multiply_adds_of_all(const GeneralKernel& k) {
  const Product p = product_of(k.node, k.shapes[0]);
  return static_cast<double>(matrices(k) * p.m * p.n) * static_cast<double>(p.k);
}

int64_t workspace(const GeneralKernel& k) {
  return product_workspace(product_of(k.node, k.shapes[0]));
}

}  // namespace

const GeneralRoutine kGeneralMatmul{
    .run = run_matmul, .parts = matrices, .scratch = workspace, .multiply_adds = multiply_adds_of_all};
// Neither factor is turned, so a block takes no workspace.
const GeneralRoutine kGeneralPartialProducts{
    .run = run_partial_product, .parts = terms, .multiply_adds = multiply_adds_of_one};

}  // namespace elbo::cpu
