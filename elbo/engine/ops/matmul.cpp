// Matrix products: one row; its derivatives are matrix products.
#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

// integers: {transpose_a, transpose_b}.  Leading axes are equal.
const OpDef kMatmul{.name = "matmul",
                    .inputs = {"src", "weights"},
                    .kind = OpKind::kMatmul,
                    .shape =
                        [](const OpCall& call) {
                          const Shape &a = call.shapes[0], &b = call.shapes[1];
                          if (a.rank() < 2 || b.rank() < 2) call.fail("both must have at least two axes");
                          const bool ta = call.attributes.integers[0] != 0, tb = call.attributes.integers[1] != 0;
                          const int64_t m = a.last(ta ? 0 : 1), k = a.last(ta ? 1 : 0);
                          const int64_t k_b = b.last(tb ? 0 : 1), n = b.last(tb ? 1 : 0);
                          if (k != k_b) {
                            call.fail("inner sizes differ (" + std::to_string(k) + " and " + std::to_string(k_b) + ")");
                          }
                          if (a.rank() != b.rank()) call.fail("the leading axes differ");
                          for (int axis = 0; axis < a.rank() - 2; ++axis) {
                            if (a[axis] != b[axis]) call.fail("the leading axes differ");
                          }
                          Shape result = a;
                          result.set(a.rank() - 2, m);
                          result.set(a.rank() - 1, n);
                          return result;
                        },
                    .reference =
                        [](const ReferenceCall& call) {
                          const bool ta = call.node.attributes.integers[0] != 0,
                                     tb = call.node.attributes.integers[1] != 0;
                          const int64_t m = call.node.shape.last(1), n = call.node.shape.last(0);
                          const int64_t k = call.shapes[0].last(ta ? 1 : 0);
                          const int64_t count = m * n == 0 ? 0 : call.node.shape.elements() / (m * n);
                          for (int64_t batch = 0; batch < count; ++batch) {
                            const double* a = call.src[0].data() + batch * m * k;
                            const double* b = call.src[1].data() + batch * k * n;
                            double* c = call.dst.data() + batch * m * n;
                            for (int64_t i = 0; i < m; ++i) {
                              for (int64_t j = 0; j < n; ++j) {
                                double total = 0;
                                for (int64_t p = 0; p < k; ++p)
                                  total += (ta ? a[p * m + i] : a[i * k + p]) * (tb ? b[j * k + p] : b[p * n + j]);
                                c[i * n + j] = total;
                              }
                            }
                          }
                        },
                    .derivative = [](const Differentiated& d) -> Tensors {
                      const bool ta = d.node.attributes.integers[0] != 0, tb = d.node.attributes.integers[1] != 0;
                      const Tensor a = d.inputs[0], b = d.inputs[1], g = d.grad;
                      // C = op(A) op(B):  dop(A) = G op(B)^T, dop(B) = op(A)^T G, transposed back where op transposes.
                      const Tensor by_a = ta ? matmul(b, g, {.transpose_a = tb, .transpose_b = true})
                                             : matmul(g, b, {.transpose_b = !tb});
                      const Tensor by_b = tb ? matmul(g, a, {.transpose_a = true, .transpose_b = ta})
                                             : matmul(a, g, {.transpose_a = !ta});
                      return {by_a, by_b};
                    }};

Tensor matmul(Tensor a, Tensor b, const MatmulOptions& options) {
  const bool one_matrix = a.shape().rank() > 2 && b.shape().rank() == 2;
  if (one_matrix && options.transpose_a) return matmul(transpose(a), b, {.transpose_b = options.transpose_b});
  const Shape shape = a.shape();
  // One matrix for all leading indices: their rows are rows of one product.  (Sizes that do not fit are left to the
  // shape rule, which then names the shapes as they were given.)
  if (one_matrix && shape.last(0) == b.shape().last(options.transpose_b ? 0 : 1)) {
    const int64_t inner = shape.last(0);
    const int64_t rows = shape.without(shape.rank() - 1).elements();
    const Tensor flat = matmul(reshape(a, {rows, inner}), b, options);
    Shape result = shape;
    result.set(shape.rank() - 1, flat.shape()[1]);
    return reshape(flat, result);
  }
  Attributes attributes;
  attributes.integers = {options.transpose_a ? 1 : 0, options.transpose_b ? 1 : 0};
  return a.graph().add(kMatmul, {a, b}, std::move(attributes));
}

}  // namespace elbo
