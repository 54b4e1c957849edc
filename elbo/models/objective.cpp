#include "elbo/models/objective.h"

#include <array>

#include "elbo/models/importance.h"
#include "elbo/models/kong_li.h"
#include "elbo/nn/registry.h"

namespace elbo::models {

namespace {

constexpr ObjectiveRow kElbo{"elbo", "the negative evidence lower bound", "Kingma & Welling 2014", negative_elbo};
constexpr ObjectiveRow kIwae{"iwae", "the importance-weighted bound, its K being latent_samples", "Burda et al. 2016",
                             [](const Vae& vae, Tensor x, const ElboOptions& options) {
                               return importance_weighted_nll(vae, x, {.importance_samples = options.latent_samples});
                             }};
constexpr ObjectiveRow kKongLi{"kong-li", "a published loss that is no bound with flows, for comparison",
                               "Kong & Li 2017", kong_li_loss};

constexpr std::array<const ObjectiveRow*, 3> kObjectives{&kElbo, &kIwae, &kKongLi};

}  // namespace

std::span<const ObjectiveRow* const> objectives() {
  return kObjectives;
}

const ObjectiveRow& objective(std::string_view name) {
  return nn::find_row("objective", name, objectives());
}

}  // namespace elbo::models
