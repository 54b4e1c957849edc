// The model kind "vae": a Vae whose parts a configuration names.
//
//   latent      dimension of the code
//   encoder     network of x; the heads of the posterior read what it gives
//   posterior   a distribution from heads, and in [posterior.flow] a flow that carries it further, with parameters of
//               its own or from the encoder (amortized)
//   prior       a distribution of free variables or a mixture of the posterior, and in [prior.flow] a flow on top
//   decoder     network from the code to the columns of the likelihood
//   likelihood  a distribution by its columns; its kind of values decides what data may be fed
//   objective   what training makes small
//
// Parameters: "encoder", the heads at the top ("loc", "log_scale" ...), "flow", "prior", "prior.flow", "decoder",
// "likelihood".
//
// Flows.  A posterior is drawn from, and its density is wanted of its own draws only: one pass of a flow that is fast
// from base to z; of a prior the density of given codes is wanted.  A family that is fast only the other way is turned
// round (flows/invert.h): that is exact, and another distribution than the family the right way round would give.
#pragma once

#include <optional>

#include "elbo/models/kinds.h"
#include "elbo/models/objective.h"
#include "elbo/models/places/vamp.h"
#include "elbo/models/vae.h"

namespace elbo::models {

extern const ModelKind kVaeKind;

//   const VaeModel model{vae, parameters, {.x = {.name = "x", .dim = 784}, .code_dim = 20}};   // a Vae of your own
class VaeModel final : public Model,
                       public Samples,
                       public Bounds,
                       public Encodes,
                       public Reconstructs,
                       public Decodes,
                       public LatentVariable {
 public:
  // As settings of the top level describe it.
  VaeModel(const ModelSite& site, const Settings& settings);
  // Of parts that were put together elsewhere, with their parameters.
  struct Facts {
    ColumnFacts x;  // what the likelihood is over
    int64_t code_dim = 1;
  };
  VaeModel(Vae vae, const nn::Parameters& parameters, const Facts& facts,
           Settings objective = Settings::of(view_of(vae_objectives().find("elbo"))));

  const Vae& vae() const { return vae_; }

  const nn::Parameters& parameters() const override { return parameters_; }
  Terms terms(Graph& graph, const Batch& batch, int64_t rows) const override;
  std::vector<ReadColumn> reads() const override { return {x_}; }
  Description describe() const override { return description_; }
  std::vector<std::string> remarks() const override { return remarks_; }
  std::vector<std::string> warnings() const override { return warnings_; }
  void initialize_from(const Array& rows, const Array& context) const override;

  Tensor sample(Graph& graph, int64_t rows, bool draw) const override;
  bool has_means() const override { return true; }
  Bound bound(const Batch& batch, int64_t latent_samples) const override;
  Tensor log_weights(const Batch& batch, int64_t importance_samples) const override;
  bool loss_is_bound() const override { return objective_.row<VaeObjective>().is_bound; }
  int64_t code_dim() const override { return code_dim_; }
  Tensor encode(const Batch& batch, bool draw) const override;
  Tensor reconstruct(const Batch& batch, bool draw) const override;
  Tensor decode(Tensor z) const override;
  prob::Distribution prior() const override { return vae_.prior; }
  prob::Distribution posterior(const Batch& batch) const override;
  prob::Distribution likelihood(Tensor z) const override { return vae_.likelihood(z); }

 private:
  nn::Parameters parameters_;
  ReadColumn x_;
  int64_t code_dim_;
  Vae vae_;
  std::optional<Vamp> vamp_;  // where the prior is one
  Settings objective_;
  ObjectiveSite objective_site_;
  Description description_;
  std::vector<std::string> remarks_, warnings_;
};

}  // namespace elbo::models
