// gradients: reverse-mode differentiation, from graph to graph.
#pragma once

#include "elbo/engine/graph.h"

namespace elbo {

// The gradients of a scalar loss by each tensor of `wrt`, as nodes of the same graph, so that they can be
// differentiated again.  A tensor the loss does not depend on gets zeros.  Throws ShapeError when the loss is not a
// scalar, and when the loss depends on a `wrt` through an operation that has no derivative (named with its scope).
Tensors gradients(Tensor loss, const Tensors& wrt);

// The same for an output of any shape, weighted by `seed` of that shape: vector-Jacobian products.
Tensors vector_jacobian(Tensor output, Tensor seed, const Tensors& wrt);

}  // namespace elbo
