#include "elbo/engine/cpu/kernels/partial_products.h"

#include "elbo/engine/cpu/kernels/matmul.h"

namespace elbo::cpu {

namespace {

Shape partial_shape(const OpCall& call) {
  const Shape &a = call.shapes[0], &b = call.shapes[1];
  if (a.rank() != 2 || b.rank() != 2 || a[1] != b[0]) call.fail("no product of these");
  return Shape{call.attributes.integers[0], a[0], b[1]};
}

void partial_reference(const ReferenceCall& call) {
  const int64_t parts = call.node.shape[0], m = call.node.shape[1], n = call.node.shape[2], k = call.shapes[0][1];
  for (int64_t part = 0; part < parts; ++part) {
    const auto [first, depth] = terms_of_part(k, parts, part);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double total = 0;
        for (int64_t p = first; p < first + depth; ++p) {
          total += call.src[0][static_cast<size_t>(i * k + p)] * call.src[1][static_cast<size_t>(p * n + j)];
        }
        call.dst[static_cast<size_t>((part * m + i) * n + j)] = total;
      }
    }
  }
}

}  // namespace

const OpDef kPartialProducts{.name = "partial_products",
                             .inputs = {"src", "weights"},
                             .kind = OpKind::kMatmul,
                             .shape = partial_shape,
                             .reference = partial_reference};

Cut terms_of_part(int64_t depth, int64_t parts, int64_t part) {
  return even_cut(depth, parts, kProductRowGrain, part);
}

}  // namespace elbo::cpu
