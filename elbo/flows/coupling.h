// Coupling layer: half of the columns stay; the others are mapped, each by a monotone function whose parameters a
// network computes from those that stay                                                      Dinh et al. (2015, 2017)
//
//   y_kept = z_kept,  y_i = g(z_i; θ_i(z_kept));  log|det J| = Σ_i log g'(z_i; θ_i)
//
// The half that stays is known in both directions, so both are one pass and cost the same.
//
//   const Coupling layer{scope, affine_map(3), {.dim = 20, .network = nn::mlp({.hidden = {64, 64}})}};
//   const prob::AnyTransform flow = coupling_stack("real-nvp", affine_map(3), site, {.layers = 8});     // layers of it
//
// In one dimension nothing stays, and θ comes from the context or is free.  Parameters of a layer: those of its
// conditioner (conditioner.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elbo/flows/autoregressive.h"
#include "elbo/flows/conditioner.h"

namespace elbo::flows {

struct CouplingOptions {
  int64_t dim = 1;
  int64_t context_dim = 0;
  nn::MakeNetwork network = nn::mlp();
  NetworkStart start{};
  bool exchanged = false;  // the second half stays instead of the first
};

class Coupling final : public prob::Transform {
 public:
  // Throws ConfigError for widths below 1.
  Coupling(const nn::Parameters& scope, ColumnMap map, const CouplingOptions& options);

  std::string_view name() const override { return map_.name; }
  int64_t dim() const override { return options_.dim; }
  int64_t context_dim() const override { return options_.context_dim; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  using Map = std::function<MappedColumns(Tensor x, Tensor theta)>;
  prob::TransformResult run(Tensor x, Tensor context, const Map& map) const;

  std::string path_;
  ColumnMap map_;
  CouplingOptions options_;
  Conditioner conditioner_;
};

struct CouplingStackOptions {
  int64_t layers = 8;
  nn::MakeNetwork network = nn::mlp();
  NetworkStart start{};
  std::string mask = "halves";  // the first half and the second; alternating: even columns and odd ones
  // What comes between layers.  reverse: the halves exchange their parts; random: a fixed permutation; linear: an
  // invertible matrix (lu_linear.h), "1.linear", "2.linear", ...
  std::string permutation = "reverse";
  std::string normalization = "none";  // what follows each layer: actnorm or batch-norm, "0.norm", ...
};

// A chain of coupling layers "0", "1", ...  Throws ConfigError for other words.
prob::AnyTransform coupling_stack(std::string_view name, const ColumnMap& map, const FlowSite& site,
                                  const CouplingStackOptions& options);

// The settings of a family that is such a stack, and what they say.  A family that fixes what stands between its layers
// and after them has the first alone.
std::vector<Option> coupling_settings();  // layers, network, mask
std::vector<Option> mixing_settings();    // permutation, normalization
CouplingStackOptions coupling_options(const Settings& settings);

}  // namespace elbo::flows
