#include "elbo/models/likelihood.h"

#include <array>

#include "elbo/engine/ops.h"
#include "elbo/nn/registry.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/normal.h"

namespace elbo::models {

namespace {

constexpr LikelihoodRow kBernoulli{
    "bernoulli", "values in [0, 1] by logits; grey values count as means", "Kingma & Welling 2014", 1,
    [](Tensor columns, int64_t /*data_dim*/) -> prob::Distribution { return prob::Bernoulli{.logits = columns}; }};

constexpr LikelihoodRow kNormal{"normal", "real values, a mean and a log-scale each", "Kingma & Welling 2014", 2,
                                [](Tensor columns, int64_t data_dim) -> prob::Distribution {
                                  const Tensors parts = split(columns, {data_dim, data_dim}, -1);
                                  return prob::Normal{.loc = parts[0], .log_scale = parts[1]};
                                }};

constexpr std::array<const LikelihoodRow*, 2> kLikelihoods{&kBernoulli, &kNormal};

}  // namespace

std::span<const LikelihoodRow* const> likelihoods() {
  return kLikelihoods;
}

const LikelihoodRow& likelihood(std::string_view name) {
  return nn::find_row("likelihood", name, likelihoods());
}

}  // namespace elbo::models
