#include "elbo/models/posterior.h"

#include <array>
#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/flows/invert.h"
#include "elbo/nn/linear.h"
#include "elbo/nn/registry.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/rows.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

constexpr ScaleRow kLogScale{"log-scale", "scale = exp(t)", "", "log_scale", [](Tensor t) { return exp(t); }};
constexpr ScaleRow kLogVariance{"log-variance", "scale = exp(t/2)", "Kingma & Welling 2014", "log_variance",
                                [](Tensor t) { return exp(0.5 * t); }};
// The small term keeps the log of the scale finite where softplus underflows.
constexpr ScaleRow kSoftplus{"softplus", "scale = log(1 + exp(t)) + 1e-6", "", "raw_scale",
                             [](Tensor t) { return softplus(t) + 1e-6; }};
constexpr std::array<const ScaleRow*, 3> kScales{&kLogScale, &kLogVariance, &kSoftplus};

using Heads = std::function<prob::Distribution(Tensor)>;

// One linear head with its activation.
struct Head {
  Head(const nn::Parameters& scope, std::string_view name, int64_t out, const HeadOptions& o)
      : Head(scope, name, out, o, o.init) {}
  Head(const nn::Parameters& scope, std::string_view name, int64_t out, const HeadOptions& o,
       const nn::Initializer& init)
      : linear(scope / name, {.in = o.features, .out = out, .init = init}), activation(o.activation) {}
  Tensor operator()(Tensor h) const { return activation(linear(h)); }

  nn::Linear linear;
  nn::Activation activation;
};

constexpr PosteriorFamily kDiagonalNormal{
    .name = "diagonal-normal",
    .description = "independent dimensions, mean and scale from the encoder",
    .paper = "Kingma & Welling 2014",
    .build = [](const nn::Parameters& scope, const HeadOptions& o) -> Heads {
      const Head loc{scope, "loc", o.dim, o}, raw_scale{scope, o.scale.parameter, o.dim, o};
      return [loc, raw_scale, scale = o.scale.scale](Tensor h) -> prob::Distribution {
        return prob::Normal{.loc = loc(h), .scale = scale(raw_scale(h))};
      };
    }};

// [batch, dim (dim - 1) / 2], row by row of the triangle below the diagonal -> [batch, dim, dim], zeros elsewhere.
Tensor below_diagonal(Tensor packed, int64_t dim) {
  const int64_t batch = packed.shape()[0];
  Tensors rows;
  for (int64_t i = 1; i < dim; ++i) {
    const int64_t start = i * (i - 1) / 2;
    rows.push_back(pad(slice(packed, {.axis = 1, .start = start, .stop = start + i}), {.axis = 1, .after = dim - i}));
  }
  return reshape(pad(concat(rows, 1), {.axis = 1, .before = dim}), {batch, dim, dim});
}

constexpr PosteriorFamily kFullNormal{
    .name = "full-normal",
    .description = "any covariance: mean and Cholesky factor from the encoder",
    .paper = "Kingma & Welling 2019, 2.5.1",
    .build = [](const nn::Parameters& scope, const HeadOptions& o) -> Heads {
      const Head loc{scope, "loc", o.dim, o}, raw_scale{scope, o.scale.parameter, o.dim, o};
      std::optional<Head> lower;  // one dimension has nothing below its diagonal
      // In units of its row's scale, close to independent dimensions at the start, and a row's numbers together as
      // large as one of them: each step of the optimizer moves all, and they add up to a noise that drowns the code.
      const nn::Initializer small = nn::init::normal(0.01 / std::sqrt(static_cast<double>(o.features)));
      if (o.dim > 1) lower.emplace(scope, "lower", o.dim * (o.dim - 1) / 2, o, small);
      return [=, scale = o.scale.scale, dim = o.dim](Tensor h) -> prob::Distribution {
        const Tensor sigma = scale(raw_scale(h));  // [batch, dim]
        Tensor below = zeros(h.graph(), {1, 1, 1});
        const Tensor unit = reshape(sigma * (1.0 / static_cast<double>(dim)), {sigma.shape()[0], dim, 1});
        if (lower) below = unit * below_diagonal((*lower)(h), dim);
        return prob::FullNormal{.loc = loc(h), .log_diagonal = prob::log_of(sigma), .lower = below};
      };
    }};

constexpr std::array<const PosteriorFamily*, 2> kFamilies{&kDiagonalNormal, &kFullNormal};

}  // namespace

std::span<const ScaleRow* const> scale_kinds() {
  return kScales;
}

std::span<const PosteriorFamily* const> posterior_families() {
  return kFamilies;
}

const PosteriorFamily& posterior_family(std::string_view name) {
  return nn::find_row("posterior", name, posterior_families());
}

Posterior::Posterior(const nn::Parameters& scope, const Extents& extents, const PosteriorOptions& o,
                     const nn::Initializer& init)
    : base_(posterior_family(o.family).build(scope, {.features = extents.features,
                                                     .dim = extents.latent_dim,
                                                     .activation = o.head_activation,
                                                     .scale = nn::find_row("scale", o.scale, scale_kinds()),
                                                     .init = init})),
      amortized_(o.amortized) {
  if (o.flow == "none") return;
  const flows::FlowFamily& family = flows::flow_family(o.flow);
  if (family.base_support != flows::Support::kReal) {
    throw ConfigError("posterior: a " + o.flow + " flow maps a part of the reals, and normal draws lie on all of them");
  }
  flows::FlowOptions options = o.flow_options;
  options.dim = extents.latent_dim;
  options.context_dim = o.amortized ? extents.features : 0;
  options.training = true;  // what normalises by its batch refuses to be trained by draws
  flow_ = flows::fast_forward(family.build(scope / "flow", options));
}

prob::Distribution Posterior::operator()(Tensor features) const {
  const prob::Distribution base = base_(features);
  if (!flow_) return base;
  return prob::TransformedDistribution{.base = base, .transform = *flow_, .context = amortized_ ? features : Tensor{}};
}

}  // namespace elbo::models
