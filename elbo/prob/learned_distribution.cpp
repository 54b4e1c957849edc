#include "elbo/prob/learned_distribution.h"

#include "elbo/prob/rows.h"

namespace elbo::prob {

Tensor LearnedDistribution::log_prob(Tensor value) const {
  require_rows(label, value, dim, 0);
  return build(value.graph()).log_prob(value);
}

std::optional<Tensor> LearnedDistribution::log_prob_terms(Tensor value) const {
  require_rows(label, value, dim, 0);
  return build(value.graph()).log_prob_terms(value);
}

LearnedDistribution LearnedDistribution::held() const {
  return {.dim = dim, .label = label, .build = [build = build](Graph& graph) { return build(graph).held(); }};
}

Distribution in_graph(const Distribution& distribution, Graph& graph) {
  const auto* learned = distribution.get_if<LearnedDistribution>();
  return learned == nullptr ? distribution : learned->build(graph);
}

}  // namespace elbo::prob
