// LearnedDistribution: a distribution whose parameters are variables, made in whichever graph it is used in.
//
//   const prob::Distribution prior = prob::LearnedDistribution{
//       .dim = 20, .label = "normal", .build = [loc](Graph& graph) -> prob::Distribution {
//         return prob::Normal{.loc = graph.variable(loc), ...};          // parameters of one row
//       }};
//   prior.log_prob(z);                                                   // in the graph of z
//   prob::closed_form_kl(q, prob::in_graph(prior, x.graph()));           // closed forms look at what is inside
//
// Other distributions hold tensors and so belong to one graph; this one serves training, evaluation and sampling.
#pragma once

#include <functional>

#include "elbo/prob/distribution.h"

namespace elbo::prob {

// Has no rows of its own: `build` must return a distribution of one row, or of none.
struct LearnedDistribution {
  int64_t dim = 1;
  std::string_view label;
  std::function<Distribution(Graph& graph)> build;

  std::string_view name() const { return label; }
  int64_t event_dim() const { return dim; }
  int64_t rows() const { return 0; }
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const { return build(graph).sample(graph, rows); }
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const {
    return build(graph).sample_and_log_prob(graph, rows);
  }
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const { return build(graph).mean(graph, rows); }
  Tensor center(Graph& graph, int64_t rows) const { return build(graph).center(graph, rows); }
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const { return build(graph).entropy(graph, rows); }
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  LearnedDistribution held() const;
};

// What a learned distribution is in this graph; any other as it is.
Distribution in_graph(const Distribution& distribution, Graph& graph);

}  // namespace elbo::prob
