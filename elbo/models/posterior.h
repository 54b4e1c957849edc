// The posterior of a Vae, q(z | x): linear heads on what the recognition network gives, and a flow on top.
//
//   const models::Posterior posterior{parameters, features, {.dim = 20, .family = "full-normal", .flow = "iaf"}};
//   const prob::Distribution q = posterior(h);          // h [batch, features] -> batch rows
//
// Families.  diagonal-normal: "loc" and a scale.  full-normal: those two and "lower", the numbers of the Cholesky
// factor below its diagonal, row by row and in units of the row's scale: z = loc + scale (e + U e), U strictly lower
// triangular.  It has a covariance of its own for each example, and starts close to the diagonal one.
//
// Flows.  A posterior is drawn from, and its density is wanted of its own draws only: one pass of a flow that is fast
// from base to z.  A family that is fast the other way (maf, nsf-autoregressive, dsf) is turned round (flows/invert.h):
// its map from data to base carries the base to z.  That is exact, and another distribution than the family the right
// way round would give: turned round, maf has iaf-affine's form.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "elbo/flows/registry.h"
#include "elbo/nn/activation.h"
#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"
#include "elbo/prob/transform.h"

namespace elbo::models {

struct PosteriorOptions {
  std::string family = "diagonal-normal";  // a name of posterior_families()
  std::string head_activation = "none";    // after the heads; "tanh" keeps them within (-1, 1)
  // What the scale head gives: "log-scale" (scale = exp t), "log-variance" (exp(t/2)), "softplus" (softplus t + 1e-6).
  std::string scale = "log-scale";
  // On top: "none", or a name of flows/registry.h.  dim and context_dim of its options follow from the rest.
  std::string flow = "none";
  flows::FlowOptions flow_options{.layers = 8};
  bool amortized = false;  // the flow's parameters come from the encoder's last layer
};

// How a scale can be parameterised.
struct ScaleRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::string_view parameter;      // name of the head
  Tensor (*scale)(Tensor column);  // what the head puts out -> standard deviation
};
std::span<const ScaleRow* const> scale_kinds();

struct HeadOptions {
  int64_t features = 1;  // columns that the heads read
  int64_t dim = 1;       // of the latent code
  nn::Activation activation;
  const ScaleRow& scale;
  nn::Initializer init;
};

// A distribution of the code before any flow; a new one is a row, listed in posterior.cpp.
struct PosteriorFamily {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  // The heads are parameters of `scope`.  The function returned takes features [batch, features].
  std::function<prob::Distribution(Tensor)> (*build)(const nn::Parameters& scope, const HeadOptions& options) = nullptr;
};
std::span<const PosteriorFamily* const> posterior_families();
// Throws ConfigError, listing the known names.
const PosteriorFamily& posterior_family(std::string_view name);

class Posterior final {
 public:
  struct Extents {
    int64_t features = 1;
    int64_t latent_dim = 1;
  };
  // Throws ConfigError for an unknown name, and for a flow that needs more of its base than a real number.
  Posterior(const nn::Parameters& scope, const Extents& extents, const PosteriorOptions& options,
            const nn::Initializer& init);

  prob::Distribution operator()(Tensor features) const;
  const std::optional<prob::AnyTransform>& flow() const { return flow_; }

 private:
  std::function<prob::Distribution(Tensor)> base_;
  std::optional<prob::AnyTransform> flow_;
  bool amortized_ = false;
};

}  // namespace elbo::models
