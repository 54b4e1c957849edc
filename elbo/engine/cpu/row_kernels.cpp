#include "elbo/engine/cpu/row_kernels.h"

#include <stdexcept>
#include <string>

#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

RowKernel row_kernel(const Node& node) {
  if (node.op == &kRationalQuadraticSpline) return rational_quadratic_kernel(node.attributes);
  if (node.op == &kRationalQuadraticSplineGradient) return rational_quadratic_gradient_kernel(node.attributes);
  throw std::logic_error("no kernel for " + std::string(node.op->name));
}

}  // namespace elbo::cpu
