#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

Tensor step_number(Graph& graph) {
  return graph.add(kStep, {}, {.integers = {0}});
}

Tensor step_in_period(Graph& graph, int64_t period) {
  if (period < 1) {  // 0 is how a node says that it has none
    OpCall{kStep, {}, {}, graph.scope_path()}.fail("the period is " + std::to_string(period) +
                                                   ", it must be at least 1");
  }
  return graph.add(kStep, {}, {.integers = {period}});
}

}  // namespace elbo
