// Gated: linear layers whose outputs are let through by gates, which other linear layers of the same inputs open.
//
//   h_{k+1} = a(W_k h_k + b_k) ⊗ σ(V_k h_k + c_k)       Dauphin, Fan, Auli & Grangier (2017), eq. 1, where a is the
//   y       = W_out h_K + b_out                         identity
//
// The path through W has gradients that no activation makes small.
//
//   const nn::Network encoder = nn::gated({.hidden = {300, 300}})({.scope = parameters / "encoder", .in = 784});
//
// Parameters: "0.value", "0.gate", "1.value", ..., "out", each with weight and bias.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbo/nn/network.h"

namespace elbo::nn {

struct GatedOptions {
  std::vector<int64_t> hidden{64, 64};
  std::string activation = "none";  // a
};
// Where the site asks for no width: h_K.  No hidden layers and no such width: the identity.
MakeNetwork gated(const GatedOptions& options = {});

extern const NetworkRow kGated;

}  // namespace elbo::nn
