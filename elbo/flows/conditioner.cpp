#include "elbo/flows/conditioner.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"

namespace elbo::flows {

Conditioner::Conditioner(const nn::Parameters& scope, const ConditionerOptions& options)
    : reads_context_(options.context_dim > 0) {
  const int64_t width = options.in + options.context_dim;
  if (width == 0) {
    free_ = scope.get("bias", {.shape = {options.out}, .init = options.bias_init});
    return;
  }
  network_ = options.network({.scope = scope,
                              .in = width,
                              .out = options.out,
                              .init = options.start.hidden,
                              .out_init = options.start.last,
                              .out_bias_init = options.bias_init});
}

Tensor Conditioner::operator()(Graph& graph, Tensor kept, Tensor context, int64_t rows) const {
  if (free_ != nullptr) {
    const Tensor values = graph.variable(free_);
    return broadcast_to(reshape(values, {1, values.shape()[0]}), {rows, values.shape()[0]});
  }
  Tensor h = kept;
  if (!kept.defined()) {
    h = context;  // its rows alone: spread when all is computed
  } else if (reads_context_) {
    const Tensor spread = prob::spread_rows(context, rows);
    h = concat({kept, spread.shape()[0] == rows ? spread : broadcast_to(spread, {rows, spread.shape()[1]})}, -1);
  }
  h = (*network_)(h);
  if (h.shape()[0] == rows) return h;
  return h.shape()[0] == 1 ? broadcast_to(h, {rows, h.shape()[1]}) : prob::spread_rows(h, rows);
}

}  // namespace elbo::flows
