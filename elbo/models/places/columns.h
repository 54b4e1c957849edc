// A place for a distribution whose parameters are columns that a decoder gives: the likelihood of a Vae.
//
//   columns_part({.key = "likelihood", .value = "bernoulli", .meaning = "..."})
//   const Columns columns(parameters / "likelihood", 784, settings.part("likelihood"));
//   const nn::Mlp decoder{..., {.layers = {20, 500, columns.count()}}};
//   const prob::Distribution p = columns(decoder(z));
//
// The scale of a family that has one need not come from the decoder (scale_from): variables, one for each column or
// one for all, hold what fits all examples best (Rybkin et al. 2021, σ-VAE), it is a constant, or it is computed from
// the errors (optimal_scale.h).  The variable of the scope is named as the scale's kind says: "log_scale",
// "log_variance", "raw_scale"; of the errors, it is "mean_square".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "elbo/models/places/scale.h"
#include "elbo/nn/parameters.h"
#include "elbo/prob/family.h"

namespace elbo::models {

// `part` says key, default and meaning.  Adds what the place asks: scale, scale_from, scale_value, log_scale_bound.
Part columns_part(Part part);

class Columns final {
 public:
  // The options that `part` was made of must outlive the columns.  Throws ConfigError for a setting of the scale that
  // nothing reads here.
  Columns(const nn::Parameters& scope, int64_t dim, const Settings& part);

  int64_t count() const { return count_; }  // columns that the decoder gives

  // columns [n, count] -> n rows.  Throws ShapeError for another number of them.
  prob::Distribution operator()(Tensor columns) const;

 private:
  Tensor scale_of(Tensor number) const;
  Tensor own_scale(Graph& graph, const prob::ParameterSpec& spec) const;

  int64_t dim_;
  Settings settings_;
  std::vector<prob::ParameterSpec> specs_;
  bool decoder_gives_scale_;
  VariablePtr scale_;        // null: the decoder's, a constant, or the optimal one
  VariablePtr mean_square_;  // of the errors; null: the scale is not the optimal one
  int64_t count_ = 0;
};

}  // namespace elbo::models
